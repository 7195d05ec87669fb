import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importImageWith } from '../../src-main/executors/docker/testing/image.ts';
import { makeKey } from './sshd.ts';

export const sshdImage = 'harrier-test:sshd';
const program = '/usr/sbin/sshd';
/** Where the keys of one test are in its containers. */
const inside = '/keys';

/** An image with this machine's sshd, git and bash, and the keys of one test, which are mounted into its containers. */
export interface SshdImage {
  /** Starts sshd. */
  readonly entrypoint: readonly string[];
  /** For `[runners.docker] volumes`. */
  readonly volumes: readonly string[];
  /** `[runners.ssh]`; the address is the container's. */
  readonly ssh: Readonly<Record<string, string>>;
}

/** `folder` must be there; docker, busybox, sshd, git and bash must be on this machine. */
export async function openSshdImage(folder: string): Promise<SshdImage> {
  const where = (name: string): string => execFileSync('which', [name], { encoding: 'utf8' }).trim();
  const exec = execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim();
  await importImageWith(sshdImage, [where('git'), `${exec}/git-remote-http`, where('bash'), program]);
  const keys = join(folder, 'keys');
  const run = join(folder, 'run');
  mkdirSync(keys);
  // sshd wants a folder of root's for its unprivileged part.
  mkdirSync(run, { mode: 0o755 });
  makeKey(join(keys, 'host_key'));
  makeKey(join(keys, 'user_key'));
  writeFileSync(join(keys, 'passwd'), 'root:x:0:0:root:/root:/bin/sh\nsshd:x:100:65534::/run/sshd:/bin/false\n');
  writeFileSync(
    join(keys, 'sshd_config'),
    [
      'Port 22',
      `HostKey ${inside}/host_key`,
      `AuthorizedKeysFile ${inside}/user_key.pub`,
      'PidFile none',
      'UsePAM no',
      'StrictModes no',
      'SetEnv PATH=/usr/local/bin:/usr/bin:/bin',
      '',
    ].join('\n'),
  );
  const knownHosts = join(folder, 'known_hosts');
  writeFileSync(knownHosts, `* ${readFileSync(join(keys, 'host_key.pub'), 'utf8')}`);
  return {
    entrypoint: [program, '-D', '-e', '-f', `${inside}/sshd_config`],
    volumes: [`${keys}:${inside}:ro`, `${keys}/passwd:/etc/passwd:ro`, `${run}:/run/sshd`],
    ssh: { user: 'root', identity_file: join(keys, 'user_key'), known_hosts_file: knownHosts },
  };
}

import { execFileSync } from 'node:child_process';
import { importImageWith } from '../../../src-main/executors/docker/testing/image.ts';

/** Lines that the docker client prints. */
export const ask = (...args: string[]): string[] =>
  execFileSync('docker', args, { encoding: 'utf8' }).split('\n').filter(Boolean);

/** Where containers reach servers of this machine. */
export const bridgeAddress = (): string =>
  ask('network', 'inspect', 'bridge', '--format', '{{(index .IPAM.Config 0).Gateway}}')[0] ?? '';

/** busybox with this machine's git: all that helper stages need. */
export const gitImage = 'harrier-test:git';

export const importGitImage = (): Promise<void> => {
  const exec = execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim();
  const git = execFileSync('which', ['git'], { encoding: 'utf8' }).trim();
  return importImageWith(gitImage, [git, `${exec}/git-remote-http`]);
};

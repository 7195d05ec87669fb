import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync, realpathSync } from 'node:fs';
import { pack } from 'tar-stream';

/** An image with nothing but a static busybox, made from this machine's: tests need no registry. */
export const image = 'harrier-test:busybox';
const label = 'dev.harrier.test=1';

/** Imports the image when it is not there. `docker` and `busybox` must be. */
export async function importImage(): Promise<void> {
  const known = execFileSync('docker', ['image', 'ls', '-q', image], { encoding: 'utf8' });
  if (known.trim() !== '') return;
  const changes = ['CMD ["sh"]', 'ENV PATH=/bin', `LABEL ${label}`].flatMap((change) => ['-c', change]);
  execFileSync('docker', ['import', ...changes, '-', image], {
    input: await rootTar(),
    stdio: ['pipe', 'ignore', 'pipe'],
  });
}

/** The files of the image, as a layer has them. */
export async function rootTar(): Promise<Buffer> {
  const path = ['/bin/busybox', '/usr/bin/busybox'].find(exists) ?? '/bin/busybox';
  const program = readFileSync(realpathSync(path));
  const names = execFileSync(path, ['--list'], { encoding: 'utf8' })
    .split('\n')
    .filter((name) => name !== '' && name !== 'busybox');
  const tar = pack();
  tar.entry({ name: 'bin', type: 'directory', mode: 0o755 });
  tar.entry({ name: 'tmp', type: 'directory', mode: 0o1777 });
  tar.entry({ name: 'etc', type: 'directory', mode: 0o755 });
  tar.entry({ name: 'etc/passwd' }, 'root:x:0:0:root:/root:/bin/sh\n');
  tar.entry({ name: 'bin/busybox', mode: 0o755 }, program);
  for (const name of names) tar.entry({ name: `bin/${name}`, type: 'symlink', linkname: 'busybox' });
  tar.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of tar) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

const exists = (path: string): boolean => {
  try {
    return lstatSync(path).isFile();
  } catch {
    return false;
  }
};

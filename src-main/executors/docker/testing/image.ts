import { execFileSync, spawnSync } from 'node:child_process';
import { lstatSync, readFileSync, realpathSync } from 'node:fs';
import { pack } from 'tar-stream';

/** An image with nothing but a static busybox, made from this machine's: tests need no registry. */
export const image = 'harrier-test:busybox';
const label = 'dev.harrier.test=1';

/** Imports the image when it is not there. `docker` and `busybox` must be. */
export const importImage = (): Promise<void> => importTar(image, rootTar);

/**
 * Imports an image with a busybox and these files of this machine, by their absolute paths: programs with the
 * libraries that they load. `name` must say what is in it, since an image that is there already is taken.
 */
export const importImageWith = (name: string, paths: readonly string[]): Promise<void> =>
  importTar(name, () => rootTar(paths));

/** An image with a busybox and this machine's Node as `node`. */
export const nodeImage = 'harrier-test:busybox-node';

export async function importNodeImage(): Promise<void> {
  const bare = `${nodeImage}-bare`;
  if (isHere(nodeImage)) return;
  await importImageWith(bare, [process.execPath]);
  execFileSync('docker', ['build', '-q', '-t', nodeImage, '-'], {
    input: `FROM ${bare}\nRUN mkdir -p /usr/local/bin && ln -s ${process.execPath} /usr/local/bin/node\nENV PATH=/usr/local/bin:/usr/bin:/bin\n`,
    env: { ...process.env, DOCKER_BUILDKIT: '0' },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
}

const isHere = (name: string): boolean =>
  execFileSync('docker', ['image', 'ls', '-q', name], { encoding: 'utf8' }).trim() !== '';

async function importTar(name: string, tar: () => Promise<Buffer>): Promise<void> {
  if (isHere(name)) return;
  const changes = ['CMD ["sh"]', 'ENV PATH=/usr/bin:/bin', `LABEL ${label}`].flatMap((change) => ['-c', change]);
  execFileSync('docker', ['import', ...changes, '-', name], {
    input: await tar(),
    stdio: ['pipe', 'ignore', 'pipe'],
    maxBuffer: 1024 * 1024,
  });
}

/** The files of the image, as a layer has them. */
export async function rootTar(paths: readonly string[] = []): Promise<Buffer> {
  const path = ['/bin/busybox', '/usr/bin/busybox'].find(exists) ?? '/bin/busybox';
  const program = readFileSync(realpathSync(path));
  const names = execFileSync(path, ['--list'], { encoding: 'utf8' })
    .split('\n')
    .filter((name) => name !== '' && name !== 'busybox');
  const tar = pack();
  tar.entry({ name: 'bin', type: 'directory', mode: 0o755 });
  tar.entry({ name: 'tmp', type: 'directory', mode: 0o1777 });
  tar.entry({ name: 'etc', type: 'directory', mode: 0o755 });
  tar.entry({ name: 'root', type: 'directory', mode: 0o700 });
  tar.entry({ name: 'etc/passwd' }, 'root:x:0:0:root:/root:/bin/sh\n');
  tar.entry({ name: 'bin/busybox', mode: 0o755 }, program);
  for (const name of names) tar.entry({ name: `bin/${name}`, type: 'symlink', linkname: 'busybox' });
  for (const file of new Set(paths.flatMap((each) => [each, ...librariesOf(each)])))
    tar.entry({ name: file.slice(1), mode: 0o755 }, readFileSync(file));
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

/** Absolute paths of the shared libraries that a program loads; none for what is no dynamic program. */
const librariesOf = (program: string): string[] => {
  const { stdout } = spawnSync('ldd', [program], { encoding: 'utf8' });
  return [...stdout.matchAll(/(?:=> |^\t)(\/\S+) \(/gm)].map(([, path = '']) => path);
};

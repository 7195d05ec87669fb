// `npm run container -- [--base IMAGE] [--tag NAME]`: builds the image of Harrier without a window (assets/container).
// The base needs Node 20.15 or newer; all else comes from here, so that the build downloads nothing but the base.
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { root, run } from './install.mjs';

const { values } = parseArgs({
  options: { base: { type: 'string' }, tag: { type: 'string', default: 'harrier' }, 'no-build': { type: 'boolean' } },
});
/** What the bundles load from node_modules; the rest is inside of them. */
const packages = ['dockerode', 'ssh2'];

if (!values['no-build'] && run(process.execPath, ['tools/build.mjs', '--only', 'cli']) !== 0) process.exit(1);
const folder = mkdtempSync(join(tmpdir(), 'harrier-image-'));
try {
  for (const name of ['cli.js', 'chunks', 'workers'])
    cpSync(join(root, 'dist', name), join(folder, 'dist', name), {
      recursive: true,
      filter: (path) => !path.endsWith('.map'),
    });
  for (const path of withDependencies(packages))
    cpSync(path, join(folder, relative(root, path)), {
      recursive: true,
      dereference: true,
      filter: (each) => !relative(path, each).split(sep).includes('node_modules'),
    });
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'harrier', version, type: 'module' }));
  const args = ['build', '--tag', values.tag, '--file', join(root, 'assets', 'container', 'Dockerfile')];
  const code = run('docker', [...args, ...(values.base ? ['--build-arg', `BASE=${values.base}`] : []), folder]);
  process.exitCode = code;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The folders of these packages and of all that they need, as npm has laid them out. */
function withDependencies(names) {
  const found = new Set();
  const visit = (name, from) => {
    const path = packageFolder(name, from);
    if (path === undefined) throw new Error(`${name} is not installed`);
    if (found.has(path)) return;
    found.add(path);
    const { dependencies = {} } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
    for (const each of Object.keys(dependencies)) visit(each, path);
  };
  for (const name of names) visit(name, root);
  return found;
}

function packageFolder(name, from) {
  for (let folder = from; folder.startsWith(root); folder = dirname(folder)) {
    const path = join(folder, 'node_modules', name);
    if (existsSync(join(path, 'package.json'))) return path;
  }
  return undefined;
}

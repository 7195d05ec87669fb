import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The file of a thread, `dist/workers/<name>.js`, beside the bundle that asks (dist/cli.js, dist/chunks/x.js or
 * dist/desktop/main.js); undefined when the program runs from source.
 */
export function bundledWorker(name: string): string | undefined {
  const here = dirname(fileURLToPath(import.meta.url));
  for (const folder of [here, join(here, '..')]) {
    const path = join(folder, 'workers', `${name}.js`);
    // A thread cannot be started from inside of an asar file.
    const outside = path.replace(/app\.asar(?=[\\/])/, 'app.asar.unpacked');
    if (existsSync(outside)) return outside;
    if (existsSync(path)) return path;
  }
  return undefined;
}

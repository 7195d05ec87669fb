// P2: node-pty's helper must be executable, whatever mode the archive gave it.
import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export default async function afterPack({ appOutDir }) {
  const walk = (folder) => {
    if (!existsSync(folder)) return [];
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? walk(join(folder, entry.name)) : [join(folder, entry.name)],
    );
  };
  for (const file of walk(appOutDir)) if (file.endsWith('spawn-helper')) chmodSync(file, 0o755);
}

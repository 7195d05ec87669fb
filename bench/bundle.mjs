import { build } from 'esbuild';
import { root } from '../tools/install.mjs';

/** Bundles parts of the tests for a script of its own; `contents` exports them, by paths from the project's root. */
export const bundleForScript = (contents, outfile) =>
  build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    platform: 'node',
    format: 'esm',
    // Some packages ask for their optional parts by require.
    banner: {
      js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
    },
    outfile,
  });

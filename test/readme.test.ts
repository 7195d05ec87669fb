import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from './support/require.ts';

const root = resolve(import.meta.dirname, '..');
const minutes = 60_000;

/** The README's promise, kept as a stranger would try it: clone to an empty folder, two commands. */
describeWith(['git', 'npm', 'linux'], 'a fresh clone', () => {
  let folder: string;
  let clone: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'readme-'));
    clone = join(folder, 'harrier');
    const cloned = spawnSync('git', ['clone', '--quiet', '--depth', '1', `file://${root}`, clone], {
      encoding: 'utf8',
    });
    expect(cloned).toMatchObject({ status: 0, stderr: '' });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  // Neither display nor the settings of who runs this: a new user on a machine without a screen.
  const env = () => ({ PATH: process.env['PATH'] ?? '', HOME: folder, ...npmSettings() });
  const npmSettings = (): Record<string, string> =>
    Object.fromEntries(
      Object.entries(process.env).flatMap(([name, value]) =>
        /^npm_config_(registry|cafile|https?_proxy|proxy|cache)$/i.test(name) && value ? [[name, value]] : [],
      ),
    );

  it(
    '`npm start` installs, builds and prints an address that serves the window',
    async () => {
      const child = spawn('npm', ['start'], { cwd: clone, env: env(), detached: true });
      let out = '';
      const url = await new Promise<string>((found, failed) => {
        const look = (chunk: Buffer): void => {
          out += chunk;
          const match = /http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]+/.exec(out);
          if (match !== null) found(match[0]);
        };
        child.stdout.on('data', look);
        child.stderr.on('data', look);
        child.once('close', () => failed(new Error(`npm start ended:\n${out}`)));
      });
      const page = await fetch(url);
      expect(page.status).toBe(200);
      expect(await page.text()).toContain('<div id="root"></div>');
      const ended = new Promise((done) => child.once('close', done));
      process.kill(-(child.pid ?? 0), 'SIGTERM');
      await ended;
    },
    5 * minutes,
  );

  it(
    '`npm test` runs there',
    () => {
      const ran = spawnSync('npm', ['test', '--', 'src-main/engine/slots.test.ts'], {
        cwd: clone,
        env: env(),
        encoding: 'utf8',
      });
      expect(ran.stdout).toMatch(/^3 passed, 0 failed, 0 skipped$/m);
      expect(ran.status).toBe(0);
    },
    5 * minutes,
  );

  it(
    '`npm run package` makes a directory build with all its parts in their places',
    () => {
      const ran = spawnSync('npm', ['run', 'package', '--', '--stand-in'], {
        cwd: clone,
        env: env(),
        encoding: 'utf8',
      });
      expect(ran.status, ran.stderr).toBe(0);
      const resources = join(clone, 'out', 'linux-unpacked', 'resources');
      const listed = spawnSync('npx', ['asar', 'list', join(resources, 'app.asar')], {
        cwd: clone,
        env: env(),
        encoding: 'utf8',
      });
      const files = listed.stdout.split('\n');
      for (const part of [
        '/package.json',
        '/dist/desktop/main.js',
        '/dist/desktop/preload.cjs',
        '/dist/renderer/index.html',
      ])
        expect(files).toContain(part);
      for (const path of [
        'app.asar.unpacked/dist/workers/archive.js',
        'app.asar.unpacked/node_modules/node-pty/prebuilds/linux-x64/pty.node',
        'assets/tray/idle-on-dark.png',
        'assets/sample/.gitlab-ci.yml',
      ])
        expect(existsSync(join(resources, path)), path).toBe(process.arch === 'x64' || !path.includes('x64'));
      expect(files.filter((name) => /prebuilds\/(darwin|win32)/.test(name))).toEqual([]);
    },
    5 * minutes,
  );
});

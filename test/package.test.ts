import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startTestCoordinator } from './support/coordinator/index.ts';
import { startDesktop } from './support/desktop.ts';
import { describeWith, itWith } from './support/require.ts';

const root = resolve(import.meta.dirname, '..');
const require = createRequire(createRequire(import.meta.url).resolve('electron-builder'));

interface Builder {
  readonly appId: string;
  readonly electronVersion: string;
  readonly npmRebuild: boolean;
  readonly files: readonly string[];
  readonly asarUnpack: readonly string[];
  readonly extraResources: readonly { readonly from: string }[];
  readonly electronFuses: Readonly<Record<string, boolean>>;
  readonly mac: Readonly<Record<string, unknown>>;
  readonly win: Readonly<Record<string, unknown>>;
  readonly nsis: Readonly<Record<string, unknown>>;
  readonly linux: Readonly<Record<string, unknown>>;
  readonly toolsets: Readonly<Record<string, unknown>>;
}
const builder = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8')) as Builder;
const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly devDependencies: Readonly<Record<string, string>>;
};

/** S15. */
const wanted = {
  runAsNode: false,
  enableNodeOptionsEnvironmentVariable: false,
  enableNodeCliInspectArguments: false,
  enableCookieEncryption: false,
  enableEmbeddedAsarIntegrityValidation: true,
  onlyLoadAppFromAsar: true,
  grantFileProtocolExtraPrivileges: false,
  loadBrowserProcessSpecificV8Snapshot: false,
};

describe('what the packager is told', () => {
  it('fuses are those of S15', () => expect(builder.electronFuses).toEqual(wanted));

  it('one Electron, pinned, and none whose tray is broken (S25)', () => {
    const version = own.devDependencies['electron'] ?? '';
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(builder.electronVersion).toBe(version);
    const age = (newest: string) =>
      spawnSync(process.execPath, ['tools/electron-age.mjs', '--newest', newest], { cwd: root, encoding: 'utf8' });
    const major = Number(version.split('.')[0]);
    expect([major, major + 1, major + 2].map((newest) => age(`${newest}.0.0`).status)).toEqual([0, 0, 1]);
    expect(age(`${major + 2}.0.0`).stderr).toContain('2 major versions behind');
    // Its types, which all of desktop/ is checked against, are of this very version.
    expect(JSON.parse(readFileSync(join(root, 'node_modules/electron/package.json'), 'utf8'))).toMatchObject({
      version,
    });
    expect(readFileSync(join(root, '.github/workflows/advisories.yml'), 'utf8')).toMatch(
      /cron:[\s\S]*npm audit[\s\S]*electron-age/,
    );
  });

  it('only modules with prebuilt parts, and one list of files for all systems (P1)', () => {
    expect(builder.npmRebuild).toBe(false);
    for (const system of [builder.mac, builder.win, builder.linux]) expect(system).not.toHaveProperty('files');
    expect(builder.files.filter((pattern) => !pattern.startsWith('!'))).toEqual([
      'dist/**',
      'package.json',
      '**/node_modules/node-pty/prebuilds/${platform}-${arch}/**',
    ]);
  });

  it('the terminal lies outside of the archive, its helper can be run and is signed (P2)', () => {
    expect(builder.asarUnpack).toContain('**/node_modules/node-pty/**');
    expect(JSON.stringify(builder.mac['binaries'])).toContain('/node-pty/prebuilds/darwin-${arch}/spawn-helper');
    expect(readFileSync(join(root, 'tools/after-pack.mjs'), 'utf8')).toContain("endsWith('spawn-helper')");
    const prebuilds = join(root, 'node_modules/node-pty/prebuilds');
    for (const system of ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64', 'win32-x64'])
      expect(readdirSync(join(prebuilds, system)), system).toContain(
        system.startsWith('win32') ? 'conpty.node' : 'pty.node',
      );
  });

  it('macOS: dmg and zip for both, hardened, entitlements for JIT and Parallels, the Dock icon is there (P3)', () => {
    expect(builder.mac).toMatchObject({
      target: [
        { target: 'dmg', arch: ['x64', 'arm64'] },
        { target: 'zip', arch: ['x64', 'arm64'] },
      ],
      hardenedRuntime: true,
    });
    expect(builder.mac).not.toHaveProperty('extendInfo');
    const entitlements = readFileSync(join(root, String(builder.mac['entitlements'])), 'utf8');
    for (const key of ['com.apple.security.cs.allow-jit', 'com.apple.security.automation.apple-events'])
      expect(entitlements).toContain(key);
    expect(entitlements).not.toMatch(/disable-library-validation|allow-dyld|get-task-allow|allow-unsigned/);
  });

  it('Windows: an installer for one person, the id of notifications is that of the app (P4)', () => {
    expect(builder.win).toMatchObject({ target: ['nsis'], icon: 'assets/icons/icon.ico' });
    expect(builder.nsis).toMatchObject({ perMachine: false });
    expect(readFileSync(join(root, 'src-main/desktop/main.ts'), 'utf8')).toContain(
      `setAppUserModelId('${builder.appId}')`,
    );
  });

  it('Linux: deb and rpm first, then an AppImage that keeps the sandbox; windows are grouped (P5)', () => {
    expect(builder.linux).toMatchObject({ target: ['deb', 'rpm', 'AppImage'], syncDesktopName: true });
    expect(builder.toolsets).toMatchObject({ appimage: '1.0.3' });
    expect(JSON.stringify(builder)).not.toContain('no-sandbox');
  });

  it('every icon and tray drawing is there', () => {
    for (const name of ['icon.icns', 'icon.ico', '512x512.png'])
      expect(existsSync(join(root, 'assets/icons', name))).toBe(true);
    const states = [
      'stopped',
      'idle',
      'busy',
      'draining',
      'paused',
      'trouble',
      ...Array.from({ length: 9 }, (_, at) => `busy${at + 1}`),
    ];
    for (const state of states)
      for (const variant of ['Template', '-on-light', '-on-dark'])
        for (const size of ['', '@2x'])
          expect(
            existsSync(join(root, 'assets/tray', `${state}${variant}${size}.png`)),
            `${state}${variant}${size}`,
          ).toBe(true);
  });
});

describeWith(['linux', 'bash', 'npm'], 'the Linux directory build', () => {
  let folder = '';
  let app = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'harrier-package-'));
    const made = spawnSync(
      process.execPath,
      ['tools/package.mjs', '--built', '--dir', '--output', join(folder, 'out')],
      { cwd: root, encoding: 'utf8' },
    );
    expect(made.status, made.stderr + made.stdout).toBe(0);
    app = join(folder, 'app');
    const { extractAll } = require('@electron/asar') as { extractAll: (archive: string, to: string) => void };
    extractAll(join(folder, 'out/linux-unpacked/resources/app.asar'), app);
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const below = (path: string): string[] =>
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(path.length + 1));

  it('holds what was built, and nothing of the sources, tests, maps and other systems (P1)', () => {
    expect(readdirSync(app).sort()).toEqual(['dist', 'node_modules', 'package.json']);
    const files = below(app);
    expect(files.filter((name) => /\.(?:map|tsx?)$/.test(name))).toEqual([]);
    expect(files.filter((name) => name.endsWith('.node'))).toEqual([
      `node_modules/node-pty/prebuilds/linux-${process.arch}/pty.node`,
    ]);
    expect(statSync(join(folder, 'out/linux-unpacked/harrier')).mode & 0o111).toBe(0o111);
  });

  it('what leaves Node lies outside of the archive (S18)', () => {
    const unpacked = below(join(folder, 'out/linux-unpacked/resources/app.asar.unpacked'));
    expect(unpacked).toEqual(
      expect.arrayContaining([
        'dist/workers/archive.js',
        'dist/workers/log.js',
        `node_modules/node-pty/prebuilds/linux-${process.arch}/pty.node`,
      ]),
    );
    expect(existsSync(join(folder, 'out/linux-unpacked/resources/assets/sample'))).toBe(true);
  });

  it('starts: its engine runs a job, and the modules that come late are there', async () => {
    const late =
      "await import('dockerode'); await import('ssh2'); (await import('node-pty')).spawn('true', [], {}); console.log('there')";
    const modules = spawnSync(process.execPath, ['--input-type=module', '-e', late], {
      cwd: join(app, 'dist'),
      encoding: 'utf8',
    });
    expect(modules.stdout + modules.stderr).toBe('there\n');
    const home = mkdtempSync(join(folder, 'home-'));
    const coordinator = await startTestCoordinator();
    writeFileSync(
      join(home, 'config.toml'),
      `check_interval = 1\n[[runners]]\n  url = "${coordinator.url}"\n  token = "${coordinator.token}"\n  executor = "shell"\n`,
    );
    const resources = join(folder, 'out/linux-unpacked/resources');
    const desktop = startDesktop(home, { main: join(app, 'dist/desktop/main.js'), resources });
    try {
      const job = coordinator.queue({ name: 'packaged', script: ['echo packaged'] });
      await job.done;
      expect(job.state).toBe('success');
      const tray = desktop.asked.find(({ what }) => what === 'tray')?.detail as { image: string };
      expect(existsSync(tray.image)).toBe(true);
      expect(desktop.asked.find(({ what }) => what === 'protocolClient')?.detail).toBe('harrier');
      const window = await desktop.next<{ webPreferences: { devTools: boolean } }>('window', undefined, 0);
      expect(window.webPreferences.devTools).toBe(false);
      expect(JSON.stringify(desktop.asked.find(({ what }) => what === 'menu'))).not.toMatch(/toggleDevTools|reload/i);
    } finally {
      desktop.process.kill('SIGKILL');
      await desktop.ended;
      await coordinator.close();
    }
  });

  itWith('electron', 'fuses of the packaged binary are those of S15', async () => {
    const { getCurrentFuseWire, FuseV1Options } = (await import(require.resolve('@electron/fuses'))) as {
      getCurrentFuseWire: (path: string) => Promise<Record<number, number>>;
      FuseV1Options: Record<string, number>;
    };
    const wire = await getCurrentFuseWire(join(folder, 'out/linux-unpacked/harrier'));
    const names: Readonly<Record<string, keyof typeof wanted>> = {
      RunAsNode: 'runAsNode',
      EnableCookieEncryption: 'enableCookieEncryption',
      EnableNodeOptionsEnvironmentVariable: 'enableNodeOptionsEnvironmentVariable',
      EnableNodeCliInspectArguments: 'enableNodeCliInspectArguments',
      EnableEmbeddedAsarIntegrityValidation: 'enableEmbeddedAsarIntegrityValidation',
      OnlyLoadAppFromAsar: 'onlyLoadAppFromAsar',
      LoadBrowserProcessSpecificV8Snapshot: 'loadBrowserProcessSpecificV8Snapshot',
      GrantFileProtocolExtraPrivileges: 'grantFileProtocolExtraPrivileges',
    };
    for (const [name, key] of Object.entries(names))
      expect(String.fromCharCode(wire[FuseV1Options[name] ?? -1] ?? 0), name).toBe(wanted[key] ? '1' : '0');
  });
});

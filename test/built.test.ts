import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/** What stands in the built program: the last word, whatever the sources look like. */
const dist = resolve(import.meta.dirname, '../dist');
const docs = resolve(import.meta.dirname, '../docs');
const read = (path: string): string => readFileSync(join(dist, path), 'utf8');
const scripts = (folder: string): string[] =>
  readdirSync(join(dist, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.c?js$/.test(name))
    .map((name) => join(folder, name));
/** Comments blanked out. */
const code = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');

describe('the main process of the desktop app', () => {
  const main = code(read('desktop/main.js'));
  const fromElectron = [...main.matchAll(/import\s*\{([^}]*)\}\s*from\s*"electron"/g)]
    .flatMap(([, names = '']) => names.split(','))
    .map((name) => name.trim().split(' ')[0])
    .filter(Boolean)
    .sort();

  it('one place makes windows, with the options of S1', () => {
    expect(main.match(/new BrowserWindow\(/g)).toHaveLength(1);
    expect(main).not.toMatch(/\b(?:BaseWindow|WebContentsView|BrowserView)\b/);
    expect(main).not.toMatch(/nodeIntegration\w*: (?:true|!0)|contextIsolation: (?:false|!1)|sandbox: (?:false|!1)/);
    expect(main).not.toMatch(
      /webSecurity: (?:false|!1)|webviewTag: (?:true|!0)|enableBlinkFeatures|allowRunningInsecure/,
    );
  });

  it('pages come from app:// alone (S2, S7)', () => {
    expect(main).not.toMatch(/\.loadFile\(|registerFileProtocol|interceptFileProtocol/);
    expect([...main.matchAll(/\.loadURL\(([^)]*)/g)].map(([, target]) => target)).toEqual([
      expect.stringMatching(/^`\$\{appOrigin\}\/\$\{hash\d*\}`$/),
      expect.stringMatching(/^`\$\{appOrigin\}\/\$\{hash\d*\}`$/),
    ]);
  });

  it('nothing of Electron that could leak or weaken is used: clipboard, crash reports, updates, safe storage (S8, S19, S20, S24)', () => {
    expect(fromElectron).toEqual([
      'BrowserWindow',
      'Menu',
      'Notification',
      'Tray',
      'app',
      'dialog',
      'ipcMain',
      'nativeImage',
      'nativeTheme',
      'powerMonitor',
      'protocol',
      'session',
      'shell',
    ]);
    expect(main).not.toMatch(/\brequire\(["']electron["']\)/);
  });

  it('leaves the app through one door: links that were parsed (S5)', () => {
    expect(main.match(/\bopenExternal\(/g)?.length).toBeLessThanOrEqual(3);
    expect(main).not.toMatch(/\.openPath\(|\.showItemInFolder\(/);
  });
});

it('helpers are threads, never a second Electron in disguise (S17)', () => {
  for (const file of ['desktop/main.js', 'cli.js', ...scripts('chunks'), ...scripts('workers')]) {
    const text = code(read(file));
    expect(text, file).not.toMatch(/\bfork\w*\s*\}\s*from\s*["'](?:node:)?child_process|child_process\w*\.fork\(/);
    expect(text, file).not.toMatch(/ELECTRON_RUN_AS_NODE/);
  }
});

describe('the preload (S9)', () => {
  const preload = code(read('desktop/preload.cjs'));

  it('is one file that requires Electron and nothing else', () => {
    expect([...preload.matchAll(/\brequire\(["']([^"']+)["']\)/g)].map(([, name]) => name)).toEqual(['electron']);
    expect(preload).not.toMatch(/\bimport\(/);
  });

  it('shows one object; its channels are fixed', () => {
    expect(preload.match(/exposeInMainWorld\(/g)).toHaveLength(1);
    expect(
      [...preload.matchAll(/ipcRenderer\.(\w+)\(\s*"([^"]+)"/g)].map(([, how, channel]) => `${how} ${channel}`),
    ).toEqual(['on harrier:event', 'send harrier:seen', 'invoke harrier:call']);
    // Not one use of it without a fixed channel.
    expect(preload.match(/ipcRenderer\b/g)?.length).toBe(
      preload.match(/ipcRenderer\.\w+\(\s*"|ipcRenderer\b(?=\s*[,}])/g)?.length,
    );
  });
});

describe('the page', () => {
  const page = read('renderer/index.html');

  it('holds no inline script or style and loads from its own host (S3)', () => {
    expect(page).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:|http-equiv/i);
    expect([...page.matchAll(/<script\b[^>]*>([^<]*)</g)].map(([, inline]) => inline)).toEqual(['']);
    for (const [, url = ''] of page.matchAll(/\b(?:src|href)="([^"]*)"/g))
      expect(url).toMatch(/^(?:\/assets\/|data:,$)/);
  });

  it('knows no way around the policy: no eval, no worker from a text, no socket but its own (S3)', () => {
    for (const file of scripts('renderer')) {
      const found = /(?<![.\w$}])eval\(|new Function\(|srcdoc|new EventSource|sendBeacon|RTCPeerConnection/.exec(
        read(file),
      );
      expect(found?.[0], file).toBeUndefined();
    }
  });
});

it('every address that stands in the program is in the list of hosts, or is only a text (PRV1)', () => {
  const listed = readFileSync(join(docs, 'privacy.md'), 'utf8');
  /** Texts for people, names of formats and examples; nobody connects there. */
  const texts =
    /^(?:docs\.gitlab\.com|gitlab\.com|in-toto\.io|slsa\.dev|storage\.azure\.com|react\.dev|www\.w3\.org|github\.com|(?:.*\.)?example(?:\.com)?|swtch\.com|.*\.spec\.whatwg\.org)$/;
  const found = new Set<string>();
  for (const file of ['desktop/main.js', 'cli.js', ...scripts('chunks'), ...scripts('workers'), ...scripts('renderer')])
    for (const [, host = ''] of code(read(file)).matchAll(/\bhttps?:\/\/([\w-]+(?:\.[\w-]+)+)(?![\w.$-])/g))
      found.add(host);
  const unknown = [...found].filter((host) => !texts.test(host) && !listed.includes(`\`${host}\``));
  expect(unknown).toEqual([]);
  expect([...found]).toEqual(expect.arrayContaining(['169.254.169.254', '127.0.0.1']));
});

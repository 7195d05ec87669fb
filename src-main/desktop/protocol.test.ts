import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtFiles, createAppProtocol } from './protocol.ts';

describe('app:// scheme (S2 to S4)', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'harrier-protocol-'));
    await writeFile(join(folder, 'index.html'), '<style nonce="__NONCE__"></style>');
    await writeFile(join(folder, 'main.js'), 'x');
    await writeFile(join(folder, 'secret.txt'), 'not listed');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const ask = (url: string, method = 'GET') =>
    createAppProtocol(folder, new Set(['index.html', 'main.js']))({ url, method });

  it('serves the page with a fresh nonce in page and policy', async () => {
    const [first, second] = [await ask('app://harrier/'), await ask('app://harrier/#/jobs')];
    const nonce = /nonce="([^"]+)"/.exec(await first.text())?.[1];
    expect(nonce).toBeTruthy();
    expect(first.headers.get('content-security-policy')).toContain(`'nonce-${nonce}'`);
    expect(first.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await second.text()).not.toContain(nonce);
  });

  it.each([
    'app://harrier/secret.txt',
    'app://harrier/../secret.txt',
    'app://harrier/%2e%2e/secret.txt',
    'app://harrier/..%2fsecret.txt',
    'app://harrier//main.js',
    'app://other/main.js',
    'app://harrier:80/main.js',
    'https://harrier/main.js',
  ])('404 for %s', async (url) => expect((await ask(url)).status).toBe(404));

  it('only GET', async () => expect((await ask('app://harrier/main.js', 'POST')).status).toBe(404));

  it('lists what was built, folder by folder, without source maps', async () => {
    const built = await mkdtemp(join(folder, 'built-'));
    await mkdir(join(built, 'assets', 'deep'), { recursive: true });
    for (const name of ['index.html', 'assets/a.js', 'assets/a.js.map', 'assets/deep/b.woff2'])
      await writeFile(join(built, name), '');
    expect(builtFiles(built).sort()).toEqual(['assets/a.js', 'assets/deep/b.woff2', 'index.html']);
  });
});

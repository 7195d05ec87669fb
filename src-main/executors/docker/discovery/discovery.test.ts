import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../base/clock.ts';
import { endpointText } from '../engine/types.ts';
import { parseAddress } from './address.ts';
import { candidatesOf, findEngine } from './index.ts';
import { surveyEngines } from './survey.ts';
import type { DiscoveryContext } from './types.ts';

let home: string;
const servers: Server[] = [];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'engines-'));
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  await rm(home, { recursive: true, force: true });
});
const context = (more: Partial<DiscoveryContext> = {}): DiscoveryContext => ({
  platform: 'linux',
  env: {},
  home,
  uid: 1000,
  settings: { host: undefined, tls_cert_path: undefined, tls_verify: false },
  ...more,
});
const places = async (more: Partial<DiscoveryContext>): Promise<string[]> =>
  (await candidatesOf(context(more))).map(
    ({ source, endpoint }) => `${source} ${endpointText(endpoint).replace(home, '~')}`,
  );

/** Speaks enough of the Engine API to be found. */
const fakeEngine = async (path: string, osType = 'linux'): Promise<void> => {
  const server = createServer((request, response) => {
    response.setHeader('Content-Type', 'application/json');
    const body = request.url?.includes('version') ? { ApiVersion: '1.41' } : { OSType: osType, Name: path };
    response.end(JSON.stringify(body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
};
const writeContext = async (name: string, host: string): Promise<void> => {
  const meta = join(home, '.docker', 'contexts', 'meta', createHash('sha256').update(name).digest('hex'));
  await mkdir(meta, { recursive: true });
  await writeFile(join(meta, 'meta.json'), JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }));
};

describe('addresses', () => {
  it.each([
    { text: 'unix:///run/d.sock', endpoint: { kind: 'socket', path: '/run/d.sock' } },
    { text: '/run/d.sock', endpoint: { kind: 'socket', path: '/run/d.sock' } },
    { text: 'npipe:////./pipe/docker_engine', endpoint: { kind: 'socket', path: '//./pipe/docker_engine' } },
    { text: 'tcp://h:2375', endpoint: { kind: 'tcp', host: 'h', port: 2375 } },
    { text: 'tcp://h', endpoint: { kind: 'tcp', host: 'h', port: 2375 } },
    { text: 'https://h', endpoint: { kind: 'tcp', host: 'h', port: 443, tls: { verify: true } } },
    { text: 'ssh://me@h:22', endpoint: { kind: 'ssh', target: 'me@h', port: 22 } },
  ])('$text', ({ text, endpoint }) => expect(parseAddress(text)).toEqual(endpoint));
  it.each(['', 'docker', 'ftp://x'])('"%s" is none', (text) =>
    expect(() => parseAddress(text)).toThrow('is no address'),
  );
});

describe('where engines are looked for', () => {
  it('a setting is taken alone, then DOCKER_HOST', async () => {
    const settings = { host: 'tcp://set:1', tls_cert_path: undefined, tls_verify: false };
    const env = { DOCKER_HOST: 'unix:///env.sock' };
    expect(await places({ settings, env })).toEqual(['host in config.toml tcp://set:1']);
    expect(await places({ env })).toEqual(['DOCKER_HOST unix:///env.sock']);
  });
  it('the current context comes before the known places', async () => {
    await writeContext('colima', `unix://${home}/c.sock`);
    await writeFile(join(home, '.docker', 'config.json'), '{"currentContext":"colima"}');
    const found = await places({});
    expect(found[0]).toBe('Docker context "colima" unix://~/c.sock');
    expect(found[1]).toBe('Docker unix:///var/run/docker.sock');
    expect(found).toContain('rootless Podman unix:///run/user/1000/podman/podman.sock');
  });
  it('DOCKER_CONTEXT wins over the config, and the default context is none', async () => {
    await writeContext('other', 'ssh://me@box');
    expect((await places({ env: { DOCKER_CONTEXT: 'other' } }))[0]).toBe('Docker context "other" ssh://me@box');
    expect((await places({ env: { DOCKER_CONTEXT: 'default' } }))[0]).toBe('Docker unix:///var/run/docker.sock');
  });
  it('every profile of Colima, the default one first', async () => {
    for (const profile of ['work', 'default']) await mkdir(join(home, '.colima', profile), { recursive: true });
    const found = (await places({ platform: 'darwin' })).filter((place) => place.startsWith('Colima'));
    expect(found).toEqual(['Colima unix://~/.colima/default/docker.sock', 'Colima unix://~/.colima/work/docker.sock']);
  });
  it('pipes on Windows', async () => {
    expect((await places({ platform: 'win32' }))[0]).toBe('Docker npipe:////./pipe/docker_engine');
  });
});

describe.skipIf(process.platform === 'win32')('the first engine that answers', () => {
  const only = (host: string) => context({ env: { DOCKER_HOST: host } });
  it('is taken, with its version', async () => {
    const path = join(home, 'e.sock');
    await fakeEngine(path);
    const { engine, source } = await findEngine(only(`unix://${path}`), { clock: systemClock });
    expect({ source, version: engine.info.apiVersion }).toEqual({ source: 'DOCKER_HOST', version: '1.41' });
    engine.close();
  });
  it('a dead socket hides no live one', async () => {
    await mkdir(join(home, '.docker', 'run'), { recursive: true });
    await mkdir(join(home, '.orbstack', 'run'), { recursive: true });
    await writeFile(join(home, '.docker', 'run', 'docker.sock'), '');
    await fakeEngine(join(home, '.orbstack', 'run', 'docker.sock'));
    await writeContext('gone', `unix://${home}/gone.sock`);
    const env = { DOCKER_CONTEXT: 'gone', XDG_RUNTIME_DIR: home };
    const { source, passedOver, engine } = await findEngine(context({ env, platform: 'aix' }), { clock: systemClock });
    engine.close();
    if (source === 'Docker') return; // A machine with an engine of its own at the usual place.
    expect(source).toBe('OrbStack');
    expect(passedOver).toContainEqual({
      source: 'Docker context "gone"',
      address: `unix://${home}/gone.sock`,
      reason: 'there is nothing',
    });
  });
  it.each([
    { why: 'nothing there', make: async () => {}, says: 'there is nothing' },
    { why: 'a file', make: (path: string) => writeFile(path, ''), says: 'it is no socket' },
    { why: 'another system', make: (path: string) => fakeEngine(path, 'plan9'), says: 'unsupported os type: plan9' },
  ])('nobody: $why, said with the address', async ({ make, says }) => {
    const path = join(home, 'e.sock');
    await make(path);
    await expect(findEngine(only(`unix://${path}`), { clock: systemClock })).rejects.toThrow(
      `no container engine answers. Tried: DOCKER_HOST (unix://${path}): ${says}`,
    );
  });
});

describe.skipIf(process.platform === 'win32')('a look at every place', () => {
  const seen = async (more: Parameters<typeof context>[0]) => {
    const { rule, tries } = await surveyEngines(context(more), { clock: systemClock });
    const told = tries
      .filter(({ address }) => address === '' || address.includes(home))
      .map(({ source, picked, info, reason }) => `${source}: ${picked ? 'picked, ' : ''}${info?.apiVersion ?? reason}`);
    return { rule, told };
  };
  it('a setting is the only one that counts, and the others are shown all the same', async () => {
    await fakeEngine(join(home, 'set.sock'));
    await fakeEngine(join(home, 'env.sock'));
    await writeContext('gone', `unix://${home}/gone.sock`);
    const env = { DOCKER_HOST: `unix://${home}/env.sock`, DOCKER_CONTEXT: 'gone', XDG_RUNTIME_DIR: '/nonexistent' };
    const settings = { host: `unix://${home}/set.sock`, tls_cert_path: undefined, tls_verify: false };
    const { rule, told } = await seen({ env, settings, platform: 'aix' });
    expect(rule).toBe('setting');
    expect(told.slice(0, 3)).toEqual([
      'host in config.toml: picked, 1.41',
      'DOCKER_HOST: 1.41',
      'Docker context "gone": there is nothing',
    ]);
    expect(await seen({ env, platform: 'aix' })).toMatchObject({
      rule: 'environment',
      told: expect.arrayContaining(['DOCKER_HOST: picked, 1.41']),
    });
  });
  it('what is set and dead picks nothing, and what is set wrongly says so', async () => {
    await fakeEngine(join(home, 'live.sock'));
    await writeContext('live', `unix://${home}/live.sock`);
    const env = { DOCKER_CONTEXT: 'live', XDG_RUNTIME_DIR: '/nonexistent' };
    const dead = await seen({
      env,
      settings: { host: `unix://${home}/dead.sock`, tls_cert_path: undefined, tls_verify: false },
    });
    expect(dead.told.slice(0, 2)).toEqual(['host in config.toml: there is nothing', 'Docker context "live": 1.41']);
    const wrong = await seen({ env, settings: { host: 'localhost', tls_cert_path: undefined, tls_verify: false } });
    expect(wrong.told[0]).toContain('host in config.toml: "localhost" is no address of a container engine');
    expect(wrong.told.join()).not.toContain('picked');
  });
});

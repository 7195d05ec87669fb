import { chmod, mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createTransferStages } from './index.ts';
import { createHarness, type Harness } from './testing/context.ts';

const stages = createTransferStages();
let harness: Harness;
afterEach(() => harness.remove());

const deps = { key: 'deps', paths: ['vendor/'], policy: 'pull-push', when: 'on_success' };
const makeVendor = async (): Promise<void> => {
  await mkdir(join(harness.project, 'vendor'), { recursive: true });
  await writeFile(join(harness.project, 'vendor/lib'), 'v\n');
};
const removeVendor = () => rm(join(harness.project, 'vendor'), { recursive: true, force: true });
const noUrl =
  'No URL provided, cache will not be downloaded from shared cache server. Instead a local version of cache will be extracted.\x1b[0;m \n';
const localOnly =
  'No URL provided, cache will not be uploaded to shared cache server. Cache will be stored only locally.\x1b[0;m \n';

describe.each([
  { why: 'on this machine', far: false },
  { why: 'elsewhere', far: true },
])('cache $why', ({ far }) => {
  it('first job and second job, as the official runner prints them', async () => {
    harness = await createHarness({ far, payload: { cache: [deps] } });
    await stages.restoreCache(harness.context);
    expect(harness.printed()).toBe(
      `\x1b[32;1mChecking cache for deps...\x1b[0;m\n${harness.platform}${noUrl}` +
        '\x1b[0;33mWARNING: Cache file does not exist                \x1b[0;m \n' +
        '\x1b[0;33mFailed to extract cache\x1b[0;m\n',
    );
    await makeVendor();
    await stages.archiveCache(harness.context, 'success');
    expect(harness.printed()).toBe(
      `\x1b[32;1mCreating cache deps...\x1b[0;m\n${harness.platform}` +
        'vendor/: found 2 matching artifact files and directories\x1b[0;m \n' +
        `${localOnly}\x1b[32;1mCreated cache\x1b[0;m\n`,
    );
    expect((await readdir(join(harness.cacheDir, 'deps'))).sort()).toEqual(['cache.zip', 'metadata.json']);
    expect(JSON.parse(await readFile(join(harness.cacheDir, 'deps/metadata.json'), 'utf8'))).toMatchObject({
      cachekey: 'deps',
    });
    await removeVendor();
    await stages.restoreCache(harness.context);
    expect(harness.printed()).toBe(
      `\x1b[32;1mChecking cache for deps...\x1b[0;m\n${harness.platform}${noUrl}\x1b[32;1mSuccessfully extracted cache\x1b[0;m\n`,
    );
    expect(await readFile(join(harness.project, 'vendor/lib'), 'utf8')).toBe('v\n');
    expect(await readdir(harness.context.jobFolder)).toEqual([]);
  });

  it('unchanged is left alone; a deletion, an addition and a change are noticed', async () => {
    harness = await createHarness({ far, payload: { cache: [deps] } });
    await makeVendor();
    await writeFile(join(harness.project, 'vendor/more'), 'm');
    const past = Date.now() / 1000 - 100;
    for (const name of ['vendor/lib', 'vendor/more', 'vendor']) await utimes(join(harness.project, name), past, past);
    const isRebuilt = async () => {
      harness.printed();
      await stages.archiveCache(harness.context, 'success');
      return !harness.printed().includes('Archive is up to date!');
    };
    expect(await isRebuilt()).toBe(true);
    expect(await isRebuilt()).toBe(false);
    await rm(join(harness.project, 'vendor/more'));
    await utimes(join(harness.project, 'vendor'), past, past);
    expect(await isRebuilt()).toBe(true);
    expect(await isRebuilt()).toBe(false);
    await writeFile(join(harness.project, 'vendor/new'), 'n');
    for (const name of ['vendor/new', 'vendor']) await utimes(join(harness.project, name), past, past);
    expect(await isRebuilt()).toBe(true);
    const later = Date.now() / 1000 + 100;
    await utimes(join(harness.project, 'vendor/lib'), later, later);
    expect(await isRebuilt()).toBe(true);
  });

  it('fallback keys in order, then CACHE_FALLBACK_KEY', async () => {
    harness = await createHarness({
      far,
      variables: { CACHE_FALLBACK_KEY: 'last' },
      payload: { cache: [{ ...deps, key: 'last', policy: 'push' }] },
    });
    await makeVendor();
    await stages.restoreCache(harness.context);
    expect(harness.printed()).toBe('\x1b[32;1mNot downloading cache last due to policy\x1b[0;m\n');
    await stages.archiveCache(harness.context, 'success');
    await removeVendor();
    harness.printed();
    const context = {
      ...harness.context,
      payload: {
        ...harness.context.payload,
        cache: [{ ...harness.context.payload.cache[0]!, key: 'other/slash', policy: 'pull', fallback_keys: ['none'] }],
      },
    };
    await stages.restoreCache(context);
    expect(harness.printed().match(/Checking cache for [^\x1b]+|Failed|Successfully/g)).toEqual([
      'Checking cache for other/slash...',
      'Failed',
      'Checking cache for none...',
      'Failed',
      'Checking cache for last...',
      'Successfully',
    ]);
    await stages.archiveCache(context, 'success');
    expect(harness.printed()).toBe('\x1b[32;1mNot uploading cache other/slash due to policy\x1b[0;m\n');
  });

  it('a damaged cache changes nothing in the project', async () => {
    harness = await createHarness({ far, payload: { cache: [deps] } });
    await makeVendor();
    await writeFile(join(harness.project, 'vendor/z'), 'y'.repeat(500_000));
    await stages.archiveCache(harness.context, 'success');
    await removeVendor();
    const archive = join(harness.cacheDir, 'deps/cache.zip');
    const bytes = await readFile(archive);
    bytes[300]! ^= 0xff;
    await writeFile(archive, bytes);
    harness.printed();
    await stages.restoreCache(harness.context);
    expect(harness.printed()).toMatch(/FATAL: the archive is damaged.*\n.*Failed to extract cache/);
    expect(await readdir(harness.project)).toEqual([]);
  });

  it('links that lead out come back (a Python venv has them)', async () => {
    harness = await createHarness({ far, payload: { cache: [deps] } });
    await makeVendor();
    await symlink('/usr/bin/python3', join(harness.project, 'vendor/python'));
    await stages.archiveCache(harness.context, 'success');
    await removeVendor();
    await stages.restoreCache(harness.context);
    expect(await readdir(join(harness.project, 'vendor'))).toEqual(['lib', 'python']);
  });
});

describe('cache keys and policies', () => {
  it('a key that is made clean is said', async () => {
    harness = await createHarness({ payload: { cache: [{ ...deps, key: 'a/../../b%2fc ' }] } });
    await makeVendor();
    await stages.archiveCache(harness.context, 'success');
    expect(harness.printed()).toContain('\x1b[0;33mcache key "a/../../b%2fc " sanitized to "b/c"\x1b[0;m\n');
    expect(await readdir(join(harness.cacheDir, 'b/c'))).toContain('cache.zip');
  });

  it('a key of which nothing is left', async () => {
    harness = await createHarness({ payload: { cache: [{ ...deps, key: '../..' }] } });
    await stages.restoreCache(harness.context);
    await stages.archiveCache(harness.context, 'success');
    expect(harness.printed()).toBe(
      '\x1b[0;33mcache key "../.." could not be sanitized\x1b[0;m\n\x1b[32;1mSkipping cache extraction due to empty cache key\x1b[0;m\n' +
        '\x1b[0;33mcache key "../.." could not be sanitized\x1b[0;m\n\x1b[32;1mSkipping cache archiving due to empty cache key\x1b[0;m\n',
    );
  });

  it('a protected fallback key is not for everybody', async () => {
    harness = await createHarness({ variables: { CACHE_FALLBACK_KEY: 'main-protected' }, payload: { cache: [deps] } });
    await stages.restoreCache(harness.context);
    const text = harness.printed();
    expect(text).toContain(
      '\x1b[0;33mCACHE_FALLBACK_KEY "main-protected" not allowed to end in "-protected"\x1b[0;m\n',
    );
    expect(text).not.toContain('Checking cache for main-protected');
  });

  it('no key: job and ref', async () => {
    harness = await createHarness({ payload: { cache: [{ ...deps, key: '' }] } });
    await stages.restoreCache(harness.context);
    expect(harness.printed()).toContain('Checking cache for test/main...');
  });

  it('hashed keys; what was made without hashing is taken over', async () => {
    harness = await createHarness({ payload: { cache: [deps] } });
    await makeVendor();
    await stages.archiveCache(harness.context, 'success');
    const hashed = { ...harness.context, flag: (name: string) => name === 'FF_HASH_CACHE_KEYS' };
    await removeVendor();
    harness.printed();
    await stages.restoreCache(hashed);
    expect(harness.printed()).toContain('Checking cache for deps...');
    expect(await readdir(join(harness.project, 'vendor'))).toEqual(['lib']);
    await stages.archiveCache(hashed, 'success');
    const names = await readdir(harness.cacheDir);
    expect(names.find((name) => /^[0-9a-f]{64}$/.test(name))).toBeDefined();
  });

  it('a policy with a variable, and one that is none', async () => {
    harness = await createHarness({ variables: { P: 'pull' }, payload: { cache: [{ ...deps, policy: '$P' }] } });
    await stages.archiveCache(harness.context, 'success');
    expect(harness.printed()).toContain('Not uploading cache deps due to policy');
    const context = {
      ...harness.context,
      payload: { ...harness.context.payload, cache: [{ ...harness.context.payload.cache[0]!, policy: 'push-all' }] },
    };
    expect(() => stages.checkCache(context.payload, context)).toThrow(
      expect.objectContaining({ reason: 'runner_system_failure', message: 'unknown cache policy push-all for deps' }),
    );
    expect(() => stages.checkCache(harness.context.payload, context)).not.toThrow();
  });

  it('several caches; one that cannot be made does not stop the others', async () => {
    harness = await createHarness({
      payload: {
        cache: [deps, { ...deps, key: 'two', paths: ['nothing'] }, { ...deps, key: 'three', paths: ['vendor/lib'] }],
      },
    });
    await makeVendor();
    await mkdir(harness.cacheDir, { recursive: true });
    await writeFile(join(harness.cacheDir, 'deps'), 'a file in the way');
    await stages.archiveCache(harness.context, 'success');
    const text = harness.printed();
    expect(text).toMatch(/FATAL: .*\n.*Failed to create cache/);
    expect(text).toContain('WARNING: No files to cache.');
    expect(await readdir(join(harness.cacheDir, 'three'))).toContain('cache.zip');
  });

  it('when, and caches without files', async () => {
    harness = await createHarness({
      payload: {
        cache: [
          { ...deps, when: 'on_failure' },
          { ...deps, paths: [] },
        ],
      },
    });
    const { payload } = harness.context;
    expect((['restore', 'success', 'failure'] as const).map((outcome) => stages.hasCache(payload, outcome))).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('FF_CLEAN_UP_FAILED_CACHE_EXTRACT removes what stands in the way', async () => {
    harness = await createHarness({
      flags: ['FF_CLEAN_UP_FAILED_CACHE_EXTRACT'],
      payload: { cache: [{ ...deps, paths: ['vendor/', '../up', '*'] }] },
    });
    await makeVendor();
    await stages.restoreCache(harness.context);
    expect(harness.printed()).toContain('\x1b[0;mRemoving vendor/\n');
    expect(await readdir(harness.project)).toEqual([]);
  });

  it('the cache is for its owner only', async () => {
    harness = await createHarness({ payload: { cache: [deps] } });
    await makeVendor();
    await stages.archiveCache(harness.context, 'success');
    const modeOf = async (name: string) => (await stat(join(harness.cacheDir, name))).mode & 0o777;
    expect([await modeOf('deps'), await modeOf('deps/cache.zip'), await modeOf('deps/metadata.json')]).toEqual([
      0o700, 0o600, 0o640,
    ]);
    await chmod(join(harness.cacheDir, 'deps'), 0o700);
  });
});

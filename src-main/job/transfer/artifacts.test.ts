import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createTransferStages } from './index.ts';
import { createHarness, type Harness } from './testing/context.ts';

const stages = createTransferStages();
let harness: Harness;
afterEach(() => harness.remove());

const artifact = (more: Record<string, unknown>) => ({ artifact_type: 'archive', artifact_format: 'zip', ...more });
const unpacked = async (index = 0): Promise<string> => {
  const archive = join(harness.root, 'u.zip');
  const folder = join(harness.root, 'u');
  await writeFile(archive, harness.uploads[index]!.bytes);
  await harness.archiver.extract({ archive, folder });
  return folder;
};
async function makeOut(project: string): Promise<void> {
  await mkdir(join(project, 'out/deep'), { recursive: true });
  await mkdir(join(project, 'src/deep'), { recursive: true });
  await writeFile(join(project, 'out/keep.txt'), '1\n');
  await writeFile(join(project, 'out/skip.txt'), '2\n');
  await writeFile(join(project, 'out/deep/x'), '3\n');
  await writeFile(join(project, 'src/a.txt'), 'a\n');
  await writeFile(join(project, 'src/deep/b.txt'), 'b\n');
  await symlink('keep.txt', join(project, 'out/link'));
  await chmod(join(project, 'out/keep.txt'), 0o755);
}

describe.each([
  { why: 'on this machine', far: false },
  { why: 'elsewhere', far: true },
])('artifacts $why', ({ far }) => {
  it('the official lines, names, modes and links', async () => {
    harness = await createHarness({
      far,
      payload: {
        artifacts: [
          artifact({ name: 'bundle', paths: ['out/', 'src/**/*.txt'], exclude: ['out/skip.txt'], expire_in: '1 week' }),
        ],
      },
    });
    await makeOut(harness.project);
    await stages.uploadArtifacts(harness.context, 'success');
    expect(harness.printed()).toBe(
      `\x1b[32;1mUploading artifacts...\x1b[0;m\n${harness.platform}` +
        'out/: found 5 matching artifact files and directories\x1b[0;m \n' +
        'src/**/*.txt: found 2 matching artifact files and directories\x1b[0;m \n' +
        'out/skip.txt: excluded 1 files                    \x1b[0;m \n' +
        'Uploading artifacts as "archive" to coordinator... 201 Created\x1b[0;m  id\x1b[0;m=42 status\x1b[0;m=201 token\x1b[0;m=job-token\n',
    );
    const [{ artifact: sent }] = harness.uploads as [Harness['uploads'][number]];
    expect(sent).toMatchObject({ filename: 'bundle.zip', format: 'zip', type: 'archive', expireIn: '1 week' });
    const folder = await unpacked();
    expect((await readdir(folder, { recursive: true })).sort()).toEqual(
      [
        'out',
        'out/deep',
        'out/deep/x',
        'out/keep.txt',
        'out/link',
        'src',
        'src/a.txt',
        'src/deep',
        'src/deep/b.txt',
      ].sort(),
    );
    expect((await stat(join(folder, 'out/keep.txt'))).mode & 0o777).toBe(0o755);
    expect(await readlink(join(folder, 'out/link'))).toBe('keep.txt');
  });

  it('nothing matches: the job goes on', async () => {
    harness = await createHarness({
      far,
      payload: { artifacts: [artifact({ paths: ['nope/', '*.missing', '../x'] })] },
    });
    await stages.uploadArtifacts(harness.context, 'success');
    expect(harness.printed()).toBe(
      `\x1b[32;1mUploading artifacts...\x1b[0;m\n${harness.platform}` +
        '\x1b[0;33mWARNING: nope/: no matching files. Ensure that the artifact path is relative to the working directory ({PROJECT})\x1b[0;m \n' +
        '\x1b[0;33mWARNING: *.missing: no matching files. Ensure that the artifact path is relative to the working directory ({PROJECT})\x1b[0;m \n' +
        '\x1b[0;33mWARNING: processPath: artifact path is not a subpath of project directory: ../x\x1b[0;m \n' +
        '\x1b[31;1mERROR: No files to upload                         \x1b[0;m \n',
    );
    expect(harness.uploads).toEqual([]);
  });

  it('untracked files, ignored ones too', async () => {
    harness = await createHarness({ far, payload: { artifacts: [artifact({ untracked: true })] } });
    execFileSync('git', ['init', '-q'], { cwd: harness.project });
    await writeFile(join(harness.project, '.gitignore'), '*.log\n');
    execFileSync('git', ['add', '.gitignore'], { cwd: harness.project });
    await writeFile(join(harness.project, 'new.txt'), '1\n');
    await writeFile(join(harness.project, 'ignored.log'), '2\n');
    await stages.uploadArtifacts(harness.context, 'success');
    expect(harness.printed()).toContain('\nuntracked: found 2 files                          \x1b[0;m \n');
    expect((await readdir(await unpacked())).sort()).toEqual(['ignored.log', 'new.txt']);
  });

  it('reports travel as gzip', async () => {
    harness = await createHarness({
      far,
      payload: {
        artifacts: [
          artifact({
            name: 'junit.xml',
            paths: ['junit.xml'],
            when: 'always',
            artifact_type: 'junit',
            artifact_format: 'gzip',
          }),
        ],
      },
    });
    await writeFile(join(harness.project, 'junit.xml'), '<testsuite/>\n');
    await stages.uploadArtifacts(harness.context, 'failure');
    expect(harness.printed()).toContain('Uploading artifacts as "junit" to coordinator... 201 Created');
    expect(harness.uploads[0]!.artifact.filename).toBe('junit.xml.gz');
    expect(gunzipSync(harness.uploads[0]!.bytes).toString()).toBe('<testsuite/>\n');
  });

  it('from job to job', async () => {
    harness = await createHarness({
      far,
      flags: ['FF_USE_DIRECT_DOWNLOAD'],
      payload: {
        artifacts: [artifact({ name: 'b', paths: ['dist'] })],
        dependencies: [
          { id: 41, token: 'glcbt-job-token-other', name: 'build', artifacts_file: { filename: 'a.zip', size: 1 } },
          { id: 40, token: 'x', name: 'nothing', artifacts_file: { filename: '' } },
        ],
      },
    });
    await mkdir(join(harness.project, 'dist'));
    await writeFile(join(harness.project, 'dist/app'), 'built\n');
    await stages.uploadArtifacts(harness.context, 'success');
    await rm(join(harness.project, 'dist'), { recursive: true });
    harness.printed();
    const body = Readable.from([harness.uploads[0]!.bytes]);
    harness.downloadAnswers.push({ status: 200, statusText: '200 OK', directHost: 'objects.test', body });
    await stages.downloadArtifacts(harness.context);
    expect(harness.printed()).toBe(
      `\x1b[32;1mDownloading artifacts for build (41)...\x1b[0;m\n${harness.platform}` +
        'Direct download from objects.test                 \x1b[0;m \n' +
        'Downloading artifacts from coordinator... ok      \x1b[0;m  id\x1b[0;m=41 status\x1b[0;m=200 token\x1b[0;m=job-token\n',
    );
    expect(await readFile(join(harness.project, 'dist/app'), 'utf8')).toBe('built\n');
    expect(harness.downloads).toEqual([{ id: 41, direct: true }]);
  });

  it('a damaged archive fails the stage and leaves nothing', async () => {
    harness = await createHarness({
      far,
      payload: { dependencies: [{ id: 41, token: 't', name: 'b', artifacts_file: { filename: 'a' } }] },
    });
    harness.downloadAnswers.push({
      status: 200,
      statusText: '200 OK',
      body: Readable.from([Buffer.from('no zip at all')]),
    });
    await expect(stages.downloadArtifacts(harness.context)).rejects.toMatchObject({
      reason: 'script_failure',
      exitCode: 1,
    });
    expect(harness.printed()).toContain('FATAL: ');
    expect(await readdir(harness.project)).toEqual([]);
    expect(await readdir(harness.context.jobFolder)).toEqual([]);
  });
});

describe('uploads that fail', () => {
  const answers = (status: number, text: string, times: number) =>
    Array.from({ length: times }, () => ({
      status,
      statusText: `POST http://gitlab.test/api/v4/jobs/42/artifacts: ${status} ${text}`,
    }));
  const prepare = async () => {
    harness = await createHarness({ payload: { artifacts: [artifact({ name: 'a', paths: ['f'] })] } });
    await writeFile(join(harness.project, 'f'), 'x');
  };

  it('503 twice, then it goes', async () => {
    await prepare();
    harness.uploadAnswers.push(...answers(503, 'Service Unavailable (injected)', 2));
    await stages.uploadArtifacts(harness.context, 'success');
    expect(harness.printed()).toContain(
      '\x1b[31;1mERROR: Uploading artifacts as "archive" to coordinator... POST http://gitlab.test/api/v4/jobs/42/artifacts: 503 Service Unavailable (injected)\x1b[0;m  \x1b[31;1mid\x1b[0;m=42 \x1b[31;1mstatus\x1b[0;m=503 \x1b[31;1mtoken\x1b[0;m=job-token\n' +
        '\x1b[0;33mWARNING: Retrying...                              \x1b[0;m  \x1b[0;33mcontext\x1b[0;m=artifacts-uploader \x1b[0;33merror\x1b[0;m=service unavailable\n',
    );
    expect(harness.sleeps).toEqual([1000, 2000]);
    // The body is made anew for each try.
    expect(harness.uploads.map(({ bytes }) => bytes.length)).toEqual(Array(3).fill(harness.uploads[0]!.bytes.length));
  });

  it.each([
    { why: '413 at once', status: 413, calls: 1, fatal: 'too large' },
    { why: '403 at once', status: 403, calls: 1, fatal: 'permission denied' },
    { why: '503 six times', status: 503, calls: 6, fatal: 'service unavailable' },
    { why: 'others three times', status: 500, calls: 3, fatal: 'invalid argument' },
    { why: 'no answer three times', status: 0, calls: 3, fatal: 'invalid argument' },
  ])('$why', async ({ status, calls, fatal }) => {
    await prepare();
    harness.uploadAnswers.push(...answers(status, 'No', 10));
    await expect(stages.uploadArtifacts(harness.context, 'success')).rejects.toMatchObject({
      reason: 'script_failure',
      message: 'exit status 1',
      exitCode: 1,
    });
    expect(harness.printed()).toContain(`\x1b[31;1mFATAL: ${fatal}`);
    expect(harness.uploads.length).toBe(calls);
  });

  it('a file that cannot be read is named, and no server is blamed', async () => {
    await prepare();
    const context = {
      ...harness.context,
      archiver: {
        ...harness.archiver,
        select: async () => ({
          entries: [{ path: 'gone', kind: 'file' as const, sizeBytes: 1, mode: 0o644, mtimeMs: 0 }],
          messages: [],
        }),
      },
    };
    await expect(stages.uploadArtifacts(context, 'success')).rejects.toMatchObject({ exitCode: 1 });
    expect(harness.printed()).toMatch(/FATAL: cannot read .*gone: no such file/);
    expect(harness.sleeps).toEqual([]);
  });

  it('raw takes one file only', async () => {
    harness = await createHarness({ payload: { artifacts: [artifact({ artifact_format: 'raw', paths: ['*'] })] } });
    await writeFile(join(harness.project, 'a'), 'x');
    await writeFile(join(harness.project, 'b'), 'x');
    await expect(stages.uploadArtifacts(harness.context, 'success')).rejects.toMatchObject({ exitCode: 1 });
    expect(harness.printed()).toContain('FATAL: only one file can be sent as raw');
  });

  it('a gzip of a folder is refused', async () => {
    harness = await createHarness({ payload: { artifacts: [artifact({ artifact_format: 'gzip', paths: ['d'] })] } });
    await mkdir(join(harness.project, 'd'));
    await expect(stages.uploadArtifacts(harness.context, 'success')).rejects.toMatchObject({ exitCode: 1 });
    expect(harness.printed()).toContain('FATAL: the "d" is not a regular file');
  });
});

describe('names, levels, downloads', () => {
  it.each([
    { why: 'variables', name: '$CI_JOB_NAME-${REF:-none}', filename: 'unit-none.zip' },
    { why: 'no name', name: '', filename: 'artifacts.zip' },
    { why: 'empty after expansion', name: '$EMPTY', filename: 'default.zip' },
    { why: 'the last part only', name: 'a/b/c', filename: 'c.zip' },
  ])('name: $why', async ({ name, filename }) => {
    harness = await createHarness({
      variables: { CI_JOB_NAME: 'unit' },
      payload: { artifacts: [artifact({ name, paths: ['f'] })] },
    });
    await writeFile(join(harness.project, 'f'), 'x');
    await stages.uploadArtifacts(harness.context, 'success');
    expect(harness.uploads[0]!.artifact.filename).toBe(filename);
  });

  it('a wrong level is said, the usual one taken', async () => {
    harness = await createHarness({
      variables: { ARTIFACT_COMPRESSION_LEVEL: 'insane' },
      payload: { artifacts: [artifact({ paths: ['f'] })] },
    });
    await writeFile(join(harness.project, 'f'), 'x');
    await stages.uploadArtifacts(harness.context, 'success');
    expect(harness.printed()).toContain('WARNING: compression level "insane" is invalid, falling back to default');
  });

  it('when decides', async () => {
    harness = await createHarness({ payload: { artifacts: [artifact({ paths: ['a'], when: 'on_failure' })] } });
    const { payload } = harness.context;
    expect([stages.hasArtifacts(payload, 'success'), stages.hasArtifacts(payload, 'failure')]).toEqual([false, true]);
  });

  it('a statement of provenance when asked', async () => {
    harness = await createHarness({
      variables: { RUNNER_GENERATE_ARTIFACTS_METADATA: 'true' },
      payload: {
        artifacts: [artifact({ name: 'n', paths: ['f'] })],
        variables: [{ key: 'SECRET', value: 'hunter22' }],
      },
    });
    await writeFile(join(harness.project, 'f'), 'x');
    await stages.uploadArtifacts(harness.context, 'success');
    const text = await readFile(join(await unpacked(), 'n-metadata.json'), 'utf8');
    expect(text).not.toContain('hunter22');
    expect(JSON.parse(text).subject).toEqual([
      { name: 'f', digest: { sha256: '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881' } },
    ]);
  });

  it.each([
    { status: 404, said: 'not found', fatal: 'file does not exist', calls: 1 },
    { status: 401, said: 'unauthorized', fatal: 'permission denied', calls: 1 },
    { status: 403, said: 'forbidden', fatal: 'permission denied', calls: 1 },
    { status: 502, said: 'failed', fatal: 'invalid argument', calls: 3 },
  ])('a download answered with $status', async ({ status, said, fatal, calls }) => {
    harness = await createHarness({
      flags: ['FF_USE_DIRECT_DOWNLOAD'],
      payload: { dependencies: [{ id: 41, token: 't', name: 'b', artifacts_file: { filename: 'a' } }] },
    });
    for (let i = 0; i < 3; i++) harness.downloadAnswers.push({ status, statusText: `${status} Bad Gateway` });
    await expect(stages.downloadArtifacts(harness.context)).rejects.toMatchObject({ exitCode: 1 });
    const text = harness.printed();
    expect(text).toContain(`Downloading artifacts from coordinator... ${said}`);
    expect(text).toContain(`FATAL: ${fatal}`);
    expect(harness.downloads).toEqual([true, false, false].slice(0, calls).map((direct) => ({ id: 41, direct })));
  });

  it('a link out of the project is refused in artifacts', async () => {
    harness = await createHarness({
      payload: {
        artifacts: [artifact({ paths: ['l'] })],
        dependencies: [{ id: 41, token: 't', name: 'b', artifacts_file: { filename: 'a' } }],
      },
    });
    await symlink('/etc/passwd', join(harness.project, 'l'));
    await stages.uploadArtifacts(harness.context, 'success');
    harness.downloadAnswers.push({
      status: 200,
      statusText: '200 OK',
      body: Readable.from([harness.uploads[0]!.bytes]),
    });
    await expect(stages.downloadArtifacts(harness.context)).rejects.toMatchObject({ exitCode: 1 });
  });

  it('a cancel ends the wait', async () => {
    const control = new AbortController();
    harness = await createHarness({ signal: control.signal, payload: { artifacts: [artifact({ paths: ['f'] })] } });
    await writeFile(join(harness.project, 'f'), 'x');
    control.abort(new Error('canceled'));
    await expect(stages.uploadArtifacts(harness.context, 'success')).rejects.toThrow('canceled');
  });
});

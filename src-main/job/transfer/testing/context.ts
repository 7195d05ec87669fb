import { execFile, spawn } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parsePayload } from '../../../../src-shared/payload.ts';
import { createArchiver } from '../../../archive/index.ts';
import type { Archiver } from '../../../archive/types.ts';
import { systemClock } from '../../../base/clock.ts';
import { silentLogger } from '../../../base/logger.ts';
import type { EnvironmentFiles, FileEntry } from '../../../executors/types.ts';
import { createRunnerInfo } from '../../../gitlab/index.ts';
import type {
  ArtifactDownloadAnswer,
  ArtifactUpload,
  ArtifactUploadAnswer,
  CoordinatorClient,
} from '../../../gitlab/types.ts';
import type { TransferContext } from '../types.ts';

export interface Harness {
  readonly root: string;
  readonly project: string;
  readonly cacheDir: string;
  readonly context: TransferContext;
  readonly archiver: Archiver;
  /** What every helper command prints first: on this machine one line, elsewhere nothing. */
  readonly platform: string;
  /** What was printed since the last call. */
  printed(): string;
  readonly uploads: { readonly artifact: ArtifactUpload; readonly bytes: Buffer }[];
  /** Answers for the next calls; when they are used up: 201, and 404 for downloads. */
  readonly uploadAnswers: ArtifactUploadAnswer[];
  readonly downloadAnswers: (ArtifactDownloadAnswer | (() => ArtifactDownloadAnswer))[];
  readonly downloads: { readonly id: number; readonly direct: boolean }[];
  readonly sleeps: number[];
  remove(): Promise<void>;
}

/** A job on this machine, or on a "far" one whose files only travel as tar streams; GitLab is a list of answers. */
export async function createHarness(options: {
  readonly payload?: Record<string, unknown>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  readonly runner?: Record<string, unknown>;
  readonly far?: boolean;
  readonly signal?: AbortSignal;
}): Promise<Harness> {
  const root = await mkdtemp(join(tmpdir(), 'transfer-'));
  const project = join(root, 'builds/grp/app');
  const cacheDir = join(root, 'cache/grp/app');
  const jobFolder = join(root, 'job');
  await mkdir(project, { recursive: true });
  await mkdir(jobFolder);
  const parsed = parsePayload({
    id: 42,
    token: 'glcbt-job-token-secret',
    job_info: { name: 'test', project_id: 7 },
    git_info: { ref: 'main' },
    runner_info: { timeout: 600 },
    ...options.payload,
  });
  if (!parsed.ok) throw new Error(parsed.problem.problems.join());
  let text = '';
  const uploads: Harness['uploads'] = [];
  const uploadAnswers: ArtifactUploadAnswer[] = [];
  const downloadAnswers: Harness['downloadAnswers'] = [];
  const downloads: Harness['downloads'] = [];
  const sleeps: number[] = [];
  const archiver = createArchiver();
  const variable = (key: string) => options.variables?.[key];
  const client: Pick<CoordinatorClient, 'uploadArtifact' | 'downloadArtifact'> = {
    async uploadArtifact(_job, artifact) {
      const pieces: Buffer[] = [];
      try {
        for await (const piece of await artifact.body()) pieces.push(piece);
      } catch (error) {
        return { status: 0, statusText: String(error) };
      }
      uploads.push({ artifact, bytes: Buffer.concat(pieces) });
      return uploadAnswers.shift() ?? { status: 201, statusText: '201 Created' };
    },
    async downloadArtifact(job, { direct }) {
      downloads.push({ id: job.id, direct });
      const answer = downloadAnswers.shift() ?? { status: 404, statusText: '404 Not Found' };
      return typeof answer === 'function' ? answer() : answer;
    },
  };
  const context: TransferContext = {
    environment: {
      files: options.far ? farFiles() : { ...farFiles(), local: true },
      run: () => Promise.reject(new Error('not here')),
      close: async () => {},
    },
    archiver,
    client: client as CoordinatorClient,
    payload: parsed.payload,
    runner: { url: 'http://gitlab.test/', ...options.runner },
    info: createRunnerInfo({ executor: 'shell', shell: 'bash', executorFeatures: [] }),
    variables: [],
    variable,
    expand: (value) => value.replace(/\$\{?(\w+)\}?/g, (_, name: string) => variable(name) ?? ''),
    flag: (name) => options.flags?.includes(name) ?? false,
    directories: { builds: join(root, 'builds'), cache: cacheDir, project, temporary: `${project}.tmp` },
    shortToken: 'abcdefghi',
    jobFolder,
    clock: {
      ...systemClock,
      sleep: async (ms) => void sleeps.push(ms),
    },
    signal: options.signal ?? new AbortController().signal,
    log: silentLogger,
    print: (bytes) => {
      text += bytes;
    },
    printHelper: (bytes) => {
      text += bytes;
    },
    capture: (command, args) =>
      new Promise((resolve) =>
        execFile(command, [...args], { cwd: project, encoding: 'buffer' }, (error, stdout, stderr) =>
          resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
        ),
      ),
    onDetail: () => {},
  };
  return {
    root,
    project,
    cacheDir,
    context,
    archiver,
    uploads,
    uploadAnswers,
    downloadAnswers,
    downloads,
    sleeps,
    platform: options.far ? '' : platformText(context.info),
    printed() {
      const all = text.replaceAll(project, '{PROJECT}');
      text = '';
      return all;
    },
    async remove() {
      await archiver.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

const platformText = ({ architecture, platform, revision, version }: TransferContext['info']): string =>
  `Runtime platform                                  \x1b[0;m  arch\x1b[0;m=${architecture} os\x1b[0;m=${platform} pid\x1b[0;m=${process.pid} revision\x1b[0;m=${revision} version\x1b[0;m=${version}\n`;

/** Files as a container gives them: through the tar tool and streams only. */
function farFiles(): EnvironmentFiles {
  const stat = async (path: string): Promise<FileEntry | undefined> => {
    const stats = await lstat(path).catch(() => undefined);
    if (!stats) return undefined;
    const kind = stats.isFile()
      ? 'file'
      : stats.isDirectory()
        ? 'directory'
        : stats.isSymbolicLink()
          ? 'symlink'
          : 'other';
    return { path, kind, sizeBytes: stats.size, mode: stats.mode & 0o7777, mtimeMs: stats.mtimeMs };
  };
  return {
    local: false,
    async *list(folder) {
      for (const name of await readdir(folder, { recursive: true })) {
        const entry = await stat(join(folder, name));
        if (entry) yield { ...entry, path: name };
      }
    },
    async readTar(folder, paths) {
      const tar = spawn('tar', ['-c', '-C', folder, '--no-recursion', '--null', '-T', '-'], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      tar.stdin.end(paths.map((path) => `${path}\0`).join(''));
      return tar.stdout;
    },
    async writeTar(folder, tar) {
      const child = spawn('tar', ['-x', '-C', folder], { stdio: ['pipe', 'ignore', 'inherit'] });
      const ended = new Promise<void>((resolve, reject) =>
        child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`tar: ${code}`)))),
      );
      await Promise.all([pipeline(tar, child.stdin), ended]);
    },
    readFile: async (path): Promise<Readable | undefined> => ((await stat(path)) ? createReadStream(path) : undefined),
    async writeFile(path, body, options) {
      await mkdir(dirname(path), { recursive: true });
      await pipeline(body, createWriteStream(`${path}.new`, { mode: options?.mode ?? 0o644 }));
      await rename(`${path}.new`, path);
    },
    stat,
    remove: (path) => rm(path, { recursive: true, force: true }),
  };
}

import { posix } from 'node:path';
import { HarrierError, messageOf } from '../../../src-shared/errors.ts';
import type { JobArtifact } from '../../../src-shared/payload.ts';
import type { ArchiveFormat, Selection } from '../../archive/types.ts';
import { JobFailure } from '../../executors/types.ts';
import type { ArtifactUploadAnswer } from '../../gitlab/types.ts';
import { shortToken } from '../variables/short-token.ts';
import { type Area, createArea } from './area.ts';
import { compressionLevel, expandOrKeep } from './levels.ts';
import { helperLine, type LineLevel, notice, printPlatform } from './lines.ts';
import { fitsOutcome, selectFiles } from './select.ts';
import { artifactTimeouts } from './settings.ts';
import { addStatement, wantsStatement } from './statement.ts';
import type { TransferContext } from './types.ts';

/** Artifacts that want to go up at this end of the job. */
export const uploadsFor = (artifacts: readonly JobArtifact[], outcome: 'success' | 'failure'): JobArtifact[] =>
  artifacts.filter(
    ({ when, paths, exclude, untracked }) =>
      fitsOutcome(when, outcome) && (paths.length > 0 || exclude.length > 0 || untracked),
  );

/** The whole stage (spec/job-lifecycle.md 7.1). A failed upload ends it, as a failed command ends a script. */
export async function uploadArtifacts(context: TransferContext, outcome: 'success' | 'failure'): Promise<void> {
  const area = createArea(context);
  let sentBytes = 0;
  for (const artifact of uploadsFor(context.payload.artifacts, outcome)) {
    context.print(notice('Uploading artifacts...'));
    printPlatform(context);
    sentBytes += await uploadOne(context, area, artifact);
    if (sentBytes > 0) context.onDetail('artifactsSentBytes', String(sentBytes));
  }
}

/** Answers how many bytes GitLab took. */
async function uploadOne(context: TransferContext, area: Area, artifact: JobArtifact): Promise<number> {
  try {
    const name = nameOf(context, artifact);
    let selection = await selectFiles(context, area, artifact);
    if (selection.entries.length === 0) {
      context.printHelper(helperLine('error', 'No files to upload'));
      return 0;
    }
    const format = formatOf(artifact.artifact_format);
    if (format === 'raw' && selection.entries.length > 1)
      throw new HarrierError('INPUT_INVALID', 'only one file can be sent as raw');
    if (wantsStatement(context, artifact)) selection = await addStatement(context, area, name, selection);
    return await send(context, area, { artifact, format, selection, filename: name + endings[format] });
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof JobFailure) throw error;
    context.printHelper(helperLine('fatal', messageOf(error)));
    throw stageFailed(error);
  }
}

/** What a script says whose command failed with status 1; the executor has its own word for it. */
export const stageFailed = (cause?: unknown): JobFailure =>
  new JobFailure('script_failure', 'exit status 1', { exitCode: 1, cause });

const endings: Readonly<Record<ArchiveFormat, string>> = {
  zip: '.zip',
  zipzstd: '.zip',
  gzip: '.gz',
  tarzstd: '.tar.zst',
  raw: '',
};

function formatOf(text: string): ArchiveFormat {
  if (text === '') return 'zip';
  if (text in endings) return text as ArchiveFormat;
  throw new HarrierError('INPUT_INVALID', `"${text}" format: unsupported archive format`);
}

function nameOf(context: TransferContext, artifact: JobArtifact): string {
  const name = artifact.name === '' ? 'artifacts' : expandOrKeep(context, artifact.name, 'name');
  const base = posix.basename(name);
  return base === '' || base === '.' || base === '..' ? 'default' : base;
}

interface Upload {
  readonly artifact: JobArtifact;
  readonly format: ArchiveFormat;
  readonly selection: Selection;
  readonly filename: string;
}

/** Tries again after a failure: six times for 503, three times for the rest (spec/coordinator-api.md 5.1). */
const waitsMs = [1000, 2000, 4000, 5000, 5000];

async function send(context: TransferContext, area: Area, upload: Upload): Promise<number> {
  const level = compressionLevel(context, 'ARTIFACT_COMPRESSION_LEVEL');
  for (let attempt = 0; ; attempt++) {
    const { answer, packing } = await sendOnce(context, area, upload, level);
    if (packing) throw packing;
    context.printHelper(resultLine(context, upload, answer));
    if (answer.status === 201) return answer.sentBytes ?? 0;
    const { text, most } = failureOf(answer.status);
    if (attempt + 1 >= most) {
      context.printHelper(helperLine('fatal', text));
      throw stageFailed();
    }
    context.printHelper(helperLine('warning', 'Retrying...', { context: 'artifacts-uploader', error: text }));
    await context.clock.sleep(waitsMs[attempt]!, context.signal);
  }
}

/** The body is packed anew for each request. Trouble with a file is no trouble with the server: it is told apart. */
async function sendOnce(
  context: TransferContext,
  area: Area,
  upload: Upload,
  level: ReturnType<typeof compressionLevel>,
): Promise<{ answer: ArtifactUploadAnswer; packing?: unknown }> {
  let packing: unknown;
  const { artifact, format, selection, filename } = upload;
  const answer = await context.client.uploadArtifact(
    { id: context.payload.id, token: context.payload.token },
    {
      filename,
      ...(artifact.artifact_format ? { format: artifact.artifact_format } : {}),
      ...(artifact.artifact_type ? { type: artifact.artifact_type } : {}),
      ...(artifact.expire_in ? { expireIn: artifact.expire_in } : {}),
      body: () => {
        const body = area.pack(format, selection, level);
        body.on('error', (error) => {
          if (error instanceof HarrierError) packing = error;
        });
        return body;
      },
      ...artifactTimeouts(context.runner),
    },
    context.signal,
  );
  context.signal.throwIfAborted();
  return { answer, packing };
}

function resultLine(context: TransferContext, { artifact }: Upload, answer: ArtifactUploadAnswer): string {
  const what = artifact.artifact_type ? `Uploading artifacts as "${artifact.artifact_type}"` : 'Uploading artifacts';
  const level: LineLevel =
    answer.status === 201 ? 'info' : [403, 413, 503].includes(answer.status) ? 'error' : 'warning';
  return helperLine(level, `${what} to coordinator... ${answer.statusText}`, {
    correlation_id: answer.correlationId,
    id: context.payload.id,
    status: answer.status > 0 ? answer.status : undefined,
    token: shortToken(context.payload.token),
  });
}

function failureOf(status: number): { readonly text: string; readonly most: number } {
  if (status === 403) return { text: 'permission denied', most: 1 };
  if (status === 413) return { text: 'too large', most: 1 };
  if (status === 503) return { text: 'service unavailable', most: 6 };
  return { text: 'invalid argument', most: 3 };
}

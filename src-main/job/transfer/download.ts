import { createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { HarrierError, messageOf } from '../../../src-shared/errors.ts';
import type { JobDependency } from '../../../src-shared/payload.ts';
import type { JobFailure } from '../../executors/types.ts';
import type { ArtifactDownloadAnswer } from '../../gitlab/types.ts';
import { shortToken } from '../variables/short-token.ts';
import { type Area, createArea } from './area.ts';
import { helperLine, type LineFields, notice, printPlatform } from './lines.ts';
import { outsideLinksFor } from './settings.ts';
import type { TransferContext } from './types.ts';
import { stageFailed } from './upload.ts';

/** Dependencies that have something to download. */
export const downloadsOf = (dependencies: readonly JobDependency[]): JobDependency[] =>
  dependencies.filter(({ artifacts_file }) => (artifacts_file?.filename ?? '') !== '');

const tries = 3;
const waitMs = 1000;

/** The whole stage (spec/job-lifecycle.md 7.2): a dependency that cannot be had fails it. */
export async function downloadArtifacts(context: TransferContext): Promise<void> {
  const area = createArea(context);
  let receivedBytes = 0;
  for (const dependency of downloadsOf(context.payload.dependencies)) {
    context.print(notice(`Downloading artifacts for ${dependency.name} (${dependency.id})...`));
    printPlatform(context);
    const archive = join(context.jobFolder, `artifacts_${dependency.id}`);
    try {
      await fetchTo(context, dependency, archive);
      receivedBytes += (await stat(archive)).size;
      context.onDetail('artifactsReceivedBytes', String(receivedBytes));
      await unpack(context, area, archive);
    } finally {
      await rm(archive, { force: true });
    }
  }
}

async function unpack(context: TransferContext, area: Area, archive: string): Promise<void> {
  try {
    await area.unpack(archive, { outsideLinks: outsideLinksFor(context.runner, 'refuse') });
  } catch (error) {
    context.signal.throwIfAborted();
    context.printHelper(helperLine('fatal', messageOf(error)));
    throw stageFailed(error);
  }
}

async function fetchTo(context: TransferContext, dependency: JobDependency, archive: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const direct = attempt === 0 && context.flag('FF_USE_DIRECT_DOWNLOAD');
    const problem = await fetchOnce(context, dependency, archive, direct);
    if (problem === undefined) return;
    if (problem.final || attempt + 1 >= tries) {
      context.printHelper(helperLine('fatal', problem.text));
      throw stageFailed();
    }
    context.printHelper(helperLine('warning', 'Retrying...', { context: 'artifacts-downloader', error: problem.text }));
    await context.clock.sleep(waitMs, context.signal);
  }
}

async function fetchOnce(
  context: TransferContext,
  dependency: JobDependency,
  archive: string,
  direct: boolean,
): Promise<{ readonly text: string; readonly final: boolean } | undefined> {
  const answer = await context.client.downloadArtifact(
    { id: dependency.id, token: dependency.token },
    { direct },
    context.signal,
  );
  context.signal.throwIfAborted();
  const fields = fieldsOf(context, dependency, answer, direct);
  const say = (level: 'info' | 'warning' | 'error', text: string, more: LineFields = {}) =>
    context.printHelper(helperLine(level, `Downloading artifacts from coordinator... ${text}`, { ...fields, ...more }));
  const status = answer.statusText;
  if (answer.directHost !== undefined && direct)
    context.printHelper(helperLine('info', `Direct download from ${answer.directHost}`));
  switch (answer.status) {
    case 200:
      if (answer.body) {
        try {
          await pipeline(answer.body, createWriteStream(archive, { mode: 0o600 }), { signal: context.signal });
          say('info', 'ok');
          return undefined;
        } catch (error) {
          context.signal.throwIfAborted();
          if (isFull(error))
            throw failedBy(context, new HarrierError('DISK_FULL', `cannot store the artifacts of ${dependency.name}`));
          say('error', 'error', { error: messageOf(error) });
          return { text: messageOf(error), final: false };
        }
      }
      break;
    case 404:
      say('error', 'not found');
      return { text: 'file does not exist', final: true };
    case 401:
      say('error', 'unauthorized', { status });
      return { text: 'permission denied', final: true };
    case 403:
      say('error', 'forbidden', { status });
      return { text: 'permission denied', final: true };
    default:
  }
  if (answer.status > 0) say('warning', 'failed', { status });
  else say('error', `error ${status}`);
  return { text: 'invalid argument', final: false };
}

function fieldsOf(
  context: TransferContext,
  dependency: JobDependency,
  answer: ArtifactDownloadAnswer,
  direct: boolean,
) {
  return {
    correlation_id: answer.correlationId,
    // Named by the line "Direct download from" where there was a redirect.
    host: direct ? undefined : hostOf(context.runner.url),
    id: dependency.id,
    status: answer.status > 0 ? answer.status : undefined,
    token: shortToken(dependency.token),
  };
}

function failedBy(context: TransferContext, error: HarrierError): JobFailure {
  context.printHelper(helperLine('fatal', error.message));
  return stageFailed(error);
}

const isFull = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOSPC';

function hostOf(url: string | undefined): string | undefined {
  try {
    return url === undefined ? undefined : new URL(url).host;
  } catch {
    return undefined;
  }
}

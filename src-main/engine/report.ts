import { crc32 } from 'node:zlib';
import type { CoordinatorClient, JobCredentials, RunnerInfo } from '../gitlab/types.ts';
import { again, type Telling } from './until-told.ts';

/**
 * One try to tell GitLab that a job failed before it could run: acknowledges it, sends one text as its log, and the
 * final state. Safe to repeat.
 */
export async function reportFailure(
  client: CoordinatorClient,
  { id, token }: JobCredentials,
  info: RunnerInfo,
  text: string,
): Promise<Telling> {
  const job = { id, token };
  const body = Buffer.from(text);
  const acknowledged = await client.updateJob(job, { state: 'running' }, info);
  if (acknowledged.kind === 'abort' || acknowledged.kind === 'notFound') return 'gone';
  if (acknowledged.kind === 'failed') return again(acknowledged);
  const sent = await client.patchTrace(job, { start: 0, body, debug: false });
  if (sent.kind === 'failed') return again(sent);
  // `range`: an earlier try brought it there and its answer was lost.
  const arrived = sent.kind === 'accepted' || (sent.kind === 'range' && sent.offset === body.length);
  const output = arrived
    ? { output: { checksum: `crc32:${crc32(body).toString(16).padStart(8, '0')}`, bytesize: body.length } }
    : {};
  const answer = await client.updateJob(
    job,
    { state: 'failed', failure_reason: 'runner_system_failure', ...output },
    info,
  );
  if (answer.kind === 'ok' || answer.kind === 'accepted') return 'told';
  return answer.kind === 'abort' || answer.kind === 'notFound' ? 'gone' : again(answer);
}

import { crc32 } from 'node:zlib';
import type { CoordinatorClient, JobCredentials, RunnerInfo } from '../gitlab/types.ts';

/** Tells GitLab that a job failed before it could run: acknowledges it, sends one line of log, and the final state. */
export async function reportFailure(
  client: CoordinatorClient,
  { id, token }: JobCredentials,
  info: RunnerInfo,
  text: string,
): Promise<boolean> {
  const job = { id, token };
  const body = Buffer.from(text);
  await client.updateJob(job, { state: 'running' }, info);
  const sent = await client.patchTrace(job, { start: 0, body, debug: false });
  const output =
    sent.kind === 'accepted'
      ? { output: { checksum: `crc32:${crc32(body).toString(16).padStart(8, '0')}`, bytesize: body.length } }
      : {};
  const answer = await client.updateJob(
    job,
    { state: 'failed', failure_reason: 'runner_system_failure', ...output },
    info,
  );
  return answer.kind === 'ok' || answer.kind === 'accepted';
}

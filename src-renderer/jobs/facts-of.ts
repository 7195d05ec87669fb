import type { JobView } from '../../src-shared/ipc.ts';
import { type MessageId, messages } from '../app/messages.ts';
import { t } from '../app/text.ts';
import { byteSize, roundTime, timeOfDay } from '../ui/format.ts';
import { reasonText, resultText } from './describe.ts';

/** What is known of a job beside its stages, as names and values. */
export function factsOf(job: JobView): (readonly [string, string])[] {
  const reason = job.failureReason !== undefined ? reasonText(job.failureReason) : undefined;
  const result = resultText(job);
  return [
    ...(result !== undefined ? [[t('fact.result'), result] as const] : []),
    ...(reason !== undefined && reason !== result ? [[t('fact.reason'), reason] as const] : []),
    // An empty one is over (a pull that is done).
    ...Object.entries(job.details).flatMap(([key, value]) =>
      value === '' ? [] : [[detailName(key), detailValue(key, value)] as const],
    ),
    [t('fact.stage'), job.stage],
    [t('fact.job'), `${job.id}`],
    [t('fact.started'), timeOfDay(job.startedMs)],
    ...(job.queuedSeconds !== undefined ? [[t('fact.queued'), roundTime(Math.round(job.queuedSeconds))] as const] : []),
  ];
}

/** A detail of the engine by its key; one that has no text here is shown as it is called: `image`, `services`. */
function detailName(key: string): string {
  const id = `detail.${key}`;
  if (id in messages) return t(id as MessageId);
  return `${key.slice(0, 1).toUpperCase()}${key.slice(1).replaceAll(/[_-]/g, ' ')}`;
}
const detailValue = (key: string, value: string): string =>
  key.endsWith('Bytes') && Number.isFinite(Number(value)) ? byteSize(Number(value)) : value;

import type { JobView } from '../../src-shared/ipc.ts';
import { t } from '../app/text.ts';
import { dayName, daysBetween } from '../ui/format.ts';

export const jobRowHeight = 64;
export const groupRowHeight = 32;

export type ListRow =
  | { readonly kind: 'group'; readonly label: string; readonly top: number }
  | { readonly kind: 'job'; readonly job: JobView; readonly index: number; readonly top: number };

/** Jobs under headings: those at work, then by day. `top` is each row's place in px; rows never change their height. */
export function listRows(jobs: readonly JobView[], nowMs: number): { rows: readonly ListRow[]; height: number } {
  const rows: ListRow[] = [];
  let top = 0;
  let label = '';
  let index = 0;
  const active = jobs.filter(isActive);
  const ended = active.length === 0 ? jobs : jobs.filter((job) => !isActive(job));
  for (const job of active.length === 0 ? jobs : [...active, ...ended]) {
    const group = isActive(job) ? t('jobs.running') : dayLabel(job.startedMs, nowMs);
    if (group !== label) {
      rows.push({ kind: 'group', label: group, top });
      label = group;
      top += groupRowHeight;
    }
    rows.push({ kind: 'job', job, index: index++, top });
    top += jobRowHeight;
  }
  return { rows, height: top };
}

const isActive = (job: JobView): boolean => job.endedMs === undefined;

function dayLabel(ms: number, nowMs: number): string {
  const days = daysBetween(ms, nowMs);
  if (days <= 0) return t('jobs.today');
  if (days === 1) return t('jobs.yesterday');
  return dayName(ms);
}

/** The rows that touch a window of the list. */
export function rowsBetween(rows: readonly ListRow[], from: number, to: number): readonly ListRow[] {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle] as ListRow).top < from - jobRowHeight) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < rows.length && (rows[end] as ListRow).top < to) end++;
  return rows.slice(low, end);
}

import type { CallOutput, DockerItem } from '../../src-shared/ipc.ts';

type Picked = CallOutput<'docker.engines'>['groups'][number]['tries'][number];
const uses: Readonly<Record<DockerItem['use'], string>> = {
  none: 'leftover',
  job: 'in use',
  kept: 'kept',
  cache: 'cache',
};

/** One engine and what is ours on it, in columns. */
export function dockerTable(
  address: string,
  picked: readonly (Picked | undefined)[],
  items: readonly DockerItem[],
): string {
  const engine = picked.find((each) => each?.address === address);
  const head = `${address} (${engine?.product ?? ''}, found by: ${engine?.source ?? ''})\n`;
  if (items.length === 0) return `${head}  nothing of Harrier\n`;
  const rows = [
    ['KIND', 'NAME', 'SIZE', 'USE', 'PROJECT', 'JOB'],
    ...items.map(({ kind, name, sizeBytes, use, keptUntilMs, projectId = '', jobId = '' }) => [
      kind,
      name,
      sizeBytes === undefined ? '' : size(sizeBytes),
      keptUntilMs === undefined ? uses[use] : `kept until ${new Date(keptUntilMs).toISOString()}`,
      projectId,
      jobId,
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const lines = rows.map((row) =>
    `  ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
  return `${head}${lines.join('\n')}\n`;
}

/** What `harrier docker prune` would take, and with which flag more. */
export function advice(items: readonly DockerItem[]): string {
  const of = (use: DockerItem['use']) => items.filter((each) => each.use === use);
  const [left, caches, kept] = [of('none'), of('cache'), of('kept')];
  return `${[
    left.length === 0 ? 'No leftovers.' : `\`harrier docker prune\` removes ${sumOf(left)}.`,
    ...(caches.length === 0 ? [] : [`With --caches: ${sumOf(caches)}.`]),
    ...(kept.length === 0 ? [] : [`With --kept: ${sumOf(kept)}.`]),
  ].join(' ')}\n`;
}

/** `3 things (1.2 GB)`. */
export const sumOf = (items: readonly DockerItem[]): string => {
  const bytes = items.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0);
  return `${items.length} ${items.length === 1 ? 'thing' : 'things'}${bytes > 0 ? ` (${size(bytes)})` : ''}`;
};

/** Powers of ten, as the docker command line counts. */
export const size = (bytes: number): string => {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
};

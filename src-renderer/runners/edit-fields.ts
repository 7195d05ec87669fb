import type { CallOutput, RunnerView } from '../../src-shared/ipc.ts';
import type { MessageId } from '../app/messages.ts';
import { fieldsOf } from './wizard/executor-fields.ts';

/** One setting as the form beside the list shows it. `concurrent` is the machine's, not the runner's. */
export type EditField = {
  readonly key: string;
  readonly label: MessageId;
  readonly hint?: MessageId;
  /** What counts when the key is absent, as it would be typed. */
  readonly standard: string;
} & (
  | { readonly kind: 'text' | 'whole' | 'switch' }
  | { readonly kind: 'choice'; readonly choices: readonly (readonly [value: string, name: MessageId])[] }
);

const shells: readonly (readonly [string, MessageId])[] = [
  ['', 'field.shellStandard'],
  ['bash', 'field.shell.bash'],
  ['sh', 'field.shell.sh'],
  ['pwsh', 'field.shell.pwsh'],
  ['powershell', 'field.shell.powershell'],
];

/** The usual settings of a runner with this executor; secrets are not among them. */
export function editFields({ executor }: Pick<RunnerView, 'executor'>): readonly EditField[] {
  const own = fieldsOf(executor)
    .filter(({ secret }) => !secret)
    .map(({ key, label, hint, choices }): EditField => {
      const shared = { key, label, standard: '', ...(hint ? { hint } : {}) };
      return choices === undefined ? { ...shared, kind: 'text' } : { ...shared, kind: 'choice', choices: shells };
    });
  return [
    { key: 'name', label: 'add.name', kind: 'text', standard: '' },
    { key: 'limit', label: 'edit.limit', hint: 'add.limitHint', kind: 'whole', standard: '0' },
    { key: 'concurrent', label: 'edit.concurrent', hint: 'edit.concurrentHint', kind: 'whole', standard: '1' },
    ...own,
    { key: 'harrier.proxy', label: 'edit.proxy', hint: 'edit.proxyHint', kind: 'text', standard: '' },
    { key: 'output_limit', label: 'edit.output', kind: 'whole', standard: '4096' },
    { key: 'harrier.keep_failed', label: 'edit.keepFailed', hint: 'edit.keepFailedHint', kind: 'text', standard: '0s' },
    {
      key: 'harrier.notify',
      label: 'edit.notify',
      kind: 'choice',
      standard: 'failures',
      choices: [
        ['all', 'edit.notify.all'],
        ['failures', 'edit.notify.failures'],
        ['none', 'edit.notify.none'],
      ],
    },
    ...(executor === 'shell'
      ? [{ key: 'harrier.pty', label: 'edit.pty', hint: 'edit.ptyHint', kind: 'switch', standard: 'false' } as const]
      : []),
  ];
}

/** The settings as the form shows them. */
export const textsFrom = (
  { values, concurrent }: CallOutput<'runner.settings'>,
  fields: readonly EditField[],
): Record<string, string> =>
  Object.fromEntries(
    fields.map(({ key, standard }) => [key, String((key === 'concurrent' ? concurrent : values[key]) ?? standard)]),
  );

/** What was changed, typed as the file wants it; `wrong` names a field that holds no whole number. */
export function changesOf(
  found: CallOutput<'runner.settings'>,
  texts: Readonly<Record<string, string>>,
  fields: readonly EditField[],
):
  | { readonly values: Record<string, string | number | boolean | null>; readonly concurrent?: number }
  | { readonly wrong: string } {
  const before = textsFrom(found, fields);
  const values: Record<string, string | number | boolean | null> = {};
  let concurrent: number | undefined;
  for (const { key, kind } of fields) {
    const text = (texts[key] ?? '').trim();
    if (text === before[key]) continue;
    if (kind === 'whole' && !/^\d+$/.test(text)) return { wrong: key };
    if (key === 'concurrent') {
      concurrent = Number(text);
      if (concurrent < 1) return { wrong: key };
    } else if (kind === 'whole') values[key] = Number(text);
    else if (kind === 'switch') values[key] = text === 'true';
    else values[key] = text === '' ? null : text;
  }
  return { values, ...(concurrent !== undefined ? { concurrent } : {}) };
}

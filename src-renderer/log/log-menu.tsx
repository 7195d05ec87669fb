import {
  ChevronsDownUp,
  ChevronsUpDown,
  Download,
  FileText,
  Maximize2,
  Palette,
  SquareArrowOutUpRight,
  TextSelect,
} from 'lucide-react';
import type { JobView } from '../../src-shared/ipc.ts';
import { selectFacts } from '../app/engine-store.ts';
import { useEngine, useHarrier } from '../app/harrier.ts';
import type { LineRange } from '../app/route.ts';
import { t } from '../app/text.ts';
import { Menu, type MenuItem } from '../ui/menu.tsx';
import { copyLog, savePlain, saveRaw } from './export.ts';
import type { LogSource } from './log-source.ts';

/** What a person takes along of a log. `tell` says how the work ended. */
export function useTakeItems(
  job: JobView,
  source: LogSource,
  picked: LineRange | undefined,
  tell: (work: Promise<string>) => void,
): readonly MenuItem[] {
  const { client } = useHarrier();
  const editor = useEngine(selectFacts)?.host.editor;
  const count = picked ? picked[1] - picked[0] + 1 : 0;
  const item = (id: string, label: string, icon: MenuItem['icon'], work: () => Promise<string>, apart = false) => ({
    id,
    label,
    icon,
    apart,
    onChoose: () => tell(work()),
  });
  const open = async (name: string): Promise<string> => {
    await client.call('trace.open', { job: job.key });
    return t('log.opened', { editor: name });
  };
  return [
    ...(picked
      ? [item('lines', t('log.saveLines', { count }), <TextSelect size={16} />, () => savePlain(source, job, picked))]
      : []),
    item('plain', t('log.savePlain'), <FileText size={16} />, () => savePlain(source, job, undefined)),
    item('raw', t('log.saveRaw'), <Download size={16} />, () => saveRaw(source, job)),
    item(
      'colours',
      picked ? t('log.copyLinesColours', { count }) : t('log.copyColours'),
      <Palette size={16} />,
      () => copyLog(source, picked, 'colours'),
      true,
    ),
    ...(editor !== undefined
      ? [item('open', t('log.openIn', { editor }), <SquareArrowOutUpRight size={16} />, () => open(editor), true)]
      : []),
  ];
}

/** The menu with them, and with what the bar has no room for where it is narrow. */
export function LogMenu({
  items,
  full,
  onFoldAll,
  onFull,
}: {
  readonly items: readonly MenuItem[];
  readonly full: boolean;
  readonly onFoldAll: (folded: boolean) => void;
  readonly onFull: () => void;
}) {
  const more: readonly MenuItem[] = [
    {
      id: 'fold',
      label: t('log.foldAll'),
      icon: <ChevronsDownUp size={16} />,
      apart: true,
      onChoose: () => onFoldAll(true),
    },
    {
      id: 'unfold',
      label: t('log.unfoldAll'),
      icon: <ChevronsUpDown size={16} />,
      onChoose: () => onFoldAll(false),
    },
    { id: 'full', label: t(full ? 'log.notFull' : 'log.full'), icon: <Maximize2 size={16} />, onChoose: onFull },
  ];
  return <Menu icon={<Download size={16} />} items={[...items, ...more]} label={t('log.take')} />;
}

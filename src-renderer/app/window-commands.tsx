import {
  CirclePlay,
  Container,
  FileCog,
  FolderGit2,
  Keyboard,
  List,
  Moon,
  Pause,
  Play,
  Plus,
  Server,
  Settings2,
  SquareTerminal,
  Sun,
  Workflow,
} from 'lucide-react';
import { openFirstJob } from '../onboarding/open-first-job.ts';
import { StateIcon } from '../ui/state-icon.tsx';
import { type Command, useCommands } from './commands.ts';
import { selectRunners } from './engine-store.ts';
import { useEngine, useHarrier } from './harrier.ts';
import type { MessageId } from './messages.ts';
import { goTo, type Route } from './route.ts';
import { shortcuts } from './shortcuts.ts';
import { t } from './text.ts';
import { troubleOf } from './wire-failure.ts';

/** The places of the window, in the order of the navigation. */
const places: readonly (readonly [id: MessageId, icon: Command['icon'], to: Route, keys?: string])[] = [
  ['nav.jobs', <List key="" size={16} />, { view: 'jobs' }, shortcuts.views[0]],
  ['nav.runners', <Server key="" size={16} />, { view: 'runners' }, shortcuts.views[1]],
  ['nav.pipelines', <Workflow key="" size={16} />, { view: 'pipelines' }, shortcuts.views[2]],
  ['nav.containers', <Container key="" size={16} />, { view: 'containers' }, shortcuts.views[3]],
  ['nav.terminals', <SquareTerminal key="" size={16} />, { view: 'terminals' }, shortcuts.views[4]],
  ['nav.config', <FileCog key="" size={16} />, { view: 'config' }],
  ['nav.settings', <Settings2 key="" size={16} />, { view: 'settings' }, shortcuts.settings[0]],
  ['runners.add', <Plus key="" size={16} />, { view: 'add-runner' }],
  ['pipelines.run', <FolderGit2 key="" size={16} />, { view: 'run-pipeline' }],
];

/** What can be done wherever the window is. A part of its own, so that the frame is not drawn anew for each patch. */
export function WindowCommands({ onKeys }: { readonly onKeys: () => void }) {
  const { client, prefs, store } = useHarrier();
  const runners = useEngine(selectRunners);
  /** The palette is gone when the answer comes: what failed is told at the top of the window. */
  const attempt = (work: Promise<unknown>): void =>
    void work.catch((error: unknown) => store.getState().setTrouble(troubleOf(error)));
  const dark = document.documentElement.dataset['theme'] === 'dark';
  useCommands(
    [
      ...places.map(
        ([id, icon, to, keys]): Command => ({
          id,
          label: t(id),
          icon,
          run: () => goTo(to),
          ...(keys !== undefined ? { keys } : {}),
        }),
      ),
      {
        id: 'try',
        label: t('first.try.command'),
        icon: <CirclePlay size={16} />,
        run: () => attempt(client.call('pipeline.tryIt', {}).then(({ pipeline }) => openFirstJob(store, pipeline))),
      },
      ...runners.flatMap(({ key, name, state, local }): Command[] => [
        ...(local
          ? []
          : [
              {
                id: `runner-${key}`,
                label: t('palette.runner', { name }),
                icon: <StateIcon state={state} />,
                run: () => goTo({ view: 'runners', runner: key }),
              },
            ]),
        ...(state === 'paused'
          ? [
              {
                id: `resume-${key}`,
                label: t('runners.resumeNamed', { name }),
                icon: <Play fill="currentColor" size={14} />,
                run: () => attempt(client.call('runner.resume', { runner: key })),
              },
            ]
          : state === 'stopped' || state === 'draining'
            ? []
            : [
                {
                  id: `pause-${key}`,
                  label: t('runners.pauseNamed', { name }),
                  icon: <Pause fill="currentColor" size={14} strokeWidth={1} />,
                  run: () => attempt(client.call('runner.pause', { runner: key })),
                },
              ]),
      ]),
      {
        id: 'theme',
        label: t(dark ? 'palette.light' : 'palette.dark'),
        icon: dark ? <Sun size={16} /> : <Moon size={16} />,
        run: () => prefs.setState({ theme: dark ? 'light' : 'dark' }),
      },
      {
        id: 'filter',
        label: t('keys.filter'),
        keys: shortcuts.filter[0],
        run: () => document.querySelector<HTMLInputElement>('[data-filter]')?.focus(),
      },
      { id: 'keys', label: t('keys.title'), icon: <Keyboard size={16} />, keys: shortcuts.help[0], run: onKeys },
    ],
    'window',
  );
  return null;
}

import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
import { ContainersView } from '../containers/containers-view.tsx';
import { JobsView } from '../jobs/jobs-view.tsx';
import { FirstRun } from '../onboarding/first-run.tsx';
import { PipelinesView } from '../pipelines/pipelines-view.tsx';
import { RunPipeline } from '../pipelines/run-pipeline.tsx';
import { RunnersView } from '../runners/runners-view.tsx';
import { AddRunner } from '../runners/wizard/wizard.tsx';
import { SettingsView } from '../settings/settings-view.tsx';
import { TerminalsView } from '../terminals/terminals-view.tsx';
import { StateIcon } from '../ui/state-icon.tsx';
import { useLayout } from '../ui/use-width.ts';
import { Banner } from './banner.tsx';
import { commandOf } from './commands.ts';
import { selectConnection, selectFacts, selectJobs, selectPipelines, selectRunners } from './engine-store.ts';
import { useEngine, useHarrier } from './harrier.ts';
import { KeyHelp } from './key-help.tsx';
import { Navigation } from './navigation.tsx';
import { Notes } from './notes.tsx';
import { Palette } from './palette.tsx';
import { type Route, useRoute } from './route.ts';
import styles from './shell.module.css';
import { isMac, isShortcut, shortcuts } from './shortcuts.ts';
import { t } from './text.ts';
import { WindowCommands } from './window-commands.tsx';

/** The editor is most of the window's code; it comes when it is asked for. */
const ConfigView = lazy(() => import('../config/config-view.tsx').then((module) => ({ default: module.ConfigView })));

/** The frame around every view: navigation, banner, commands, keys. */
export function Shell() {
  const route = useRoute();
  const layout = useLayout();
  const facts = useEngine(selectFacts);
  const connection = useEngine(selectConnection);
  const [open, setOpen] = useState<'palette' | 'keys'>();
  const openPalette = useCallback(() => setOpen('palette'), []);
  const openKeys = useCallback(() => setOpen('keys'), []);
  useGlobalKeys(openPalette);
  if (facts === undefined) return <BeforeFirstSnapshot refused={connection === 'refused'} />;
  const mac = facts.host.kind === 'electron' && facts.host.platform === 'darwin';
  return (
    <div className={styles['shell']} data-layout={layout} data-mac={mac || undefined}>
      {mac ? <div className={styles['drag']} /> : null}
      <Banner />
      <Navigation compact={layout === 'rail' || layout === 'narrow'} onCommands={openPalette} route={route} />
      <main className={styles['main']}>
        <View route={route} />
      </main>
      <Notes />
      <WindowCommands onKeys={openKeys} />
      {open === 'palette' ? <Palette onClose={() => setOpen(undefined)} /> : null}
      {open === 'keys' ? <KeyHelp onClose={() => setOpen(undefined)} /> : null}
    </div>
  );
}

function View({ route }: { readonly route: Route }) {
  const nothingYet = useEngine(
    (state) =>
      selectRunners(state).length === 0 && selectJobs(state).length === 0 && selectPipelines(state).length === 0,
  );
  switch (route.view) {
    case 'jobs':
      return nothingYet ? <FirstRun /> : <JobsView jobKey={route.job} lines={route.lines} />;
    case 'runners':
      return <RunnersView edit={route.edit === true} runnerKey={route.runner} />;
    case 'add-runner':
      return <AddRunner />;
    case 'pipelines':
      return <PipelinesView id={route.pipeline} />;
    case 'run-pipeline':
      return <RunPipeline />;
    case 'terminals':
      return <TerminalsView id={route.terminal} />;
    case 'containers':
      return <ContainersView />;
    case 'config':
      return (
        <Suspense fallback={<div aria-busy="true" className={styles['view']} />}>
          <ConfigView runnerKey={route.runner} />
        </Suspense>
      );
    case 'settings':
      return <SettingsView />;
  }
}

/** Shown when the engine has not answered for a moment; sooner it would only flash. */
const quietMs = 300;
function BeforeFirstSnapshot({ refused }: { readonly refused: boolean }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), quietMs);
    return () => clearTimeout(timer);
  }, []);
  if (refused)
    return (
      <main className={styles['center']}>
        <h1>{t('refused.title')}</h1>
        <p>{t('refused.text')}</p>
      </main>
    );
  return (
    <main aria-busy="true" className={styles['center']}>
      <h1 className="hidden-text">{t('app.name')}</h1>
      {late ? (
        <p role="status">
          <StateIcon state="running" />
          {t('connecting')}
        </p>
      ) : null}
    </main>
  );
}

/** The keys of whatever is offered. A terminal with the focus gets every key but one. */
function useGlobalKeys(onCommands: () => void): void {
  const { prefs } = useHarrier();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing || document.querySelector('dialog[open]')) return;
      const inTerminal = event.target instanceof Element && event.target.closest('.xterm') !== null;
      if (isShortcut(event, inTerminal ? commandsInTerminal() : shortcuts.commands[0])) onCommands();
      else {
        const command = inTerminal ? undefined : commandOf(event, prefs.getState().letterKeys);
        if (command === undefined) return;
        command.run();
      }
      event.preventDefault();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [onCommands, prefs]);
}
/** Control and K cut a line in many shells; Command means nothing to them. */
const commandsInTerminal = (): string => (isMac() ? shortcuts.commands[0] : shortcuts.terminalCommands[0]);

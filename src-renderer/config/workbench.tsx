import { redo, redoDepth, undo, undoDepth } from '@codemirror/commands';
import type { EditorView } from '@codemirror/view';
import { Columns2, Redo2, Save, Undo2 } from 'lucide-react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import type { ConfigFile, ConfigFinding } from '../../src-shared/ipc.ts';
import type { Edit } from '../../src-shared/toml/edit.ts';
import type { TomlPath } from '../../src-shared/toml/values.ts';
import { useCommands } from '../app/commands.ts';
import { replaceRoute } from '../app/route.ts';
import shell from '../app/shell.module.css';
import { shortcuts, showKeys } from '../app/shortcuts.ts';
import { t } from '../app/text.ts';
import { type Trouble, troubleOf } from '../app/wire-failure.ts';
import { Button, IconButton, Note } from '../ui/controls.tsx';
import { useLayout } from '../ui/use-width.ts';
import styles from './config.module.css';
import { type ConfigStore, isChanged } from './config-store.ts';
import { bringTo, goToLine, scrollToLine } from './editor.ts';
import { fixEdit, lineOfPath, severityOf } from './findings.ts';
import { Foot } from './foot.tsx';
import { FormContext } from './form.tsx';
import { readValues, runnersIn } from './form-model.ts';
import { FormPane } from './form-pane.tsx';
import { type Section, Sections } from './sections.tsx';
import { TextPane } from './text-pane.tsx';

type Mode = 'form' | 'both' | 'text';

/** Form and text side by side, what would change below them, and the way to save it. */
export function Workbench({
  store,
  file,
  runnerKey,
}: {
  readonly store: ConfigStore;
  readonly file: ConfigFile;
  readonly runnerKey: string | undefined;
}) {
  const state = useStore(store);
  const { text, checked, conflict } = state;
  const layout = useLayout();
  const single = layout === 'rail' || layout === 'narrow';
  const [wish, setMode] = useState<Mode>(single ? 'form' : 'both');
  const mode = single && wish === 'both' ? 'form' : wish;
  const modes: readonly Mode[] = single ? ['form', 'text'] : ['form', 'both', 'text'];
  const [view, setView] = useState<EditorView>();
  const [section, setSection] = useState<Section>('global');
  const values = useMemo(() => readValues(text), [text]);
  const disk = useMemo(() => readValues(file.text), [file.text]);
  // The form keeps what it showed while the text is no TOML.
  const [lastValues, setLastValues] = useState(values ?? {});
  if (values !== undefined && values !== lastValues) setLastValues(values);
  const runners = useMemo(() => runnersIn(lastValues), [lastValues]);

  const keys = checked.runners;
  const linked = runnerKey === undefined ? -1 : keys.indexOf(runnerKey);
  useEffect(() => {
    if (linked >= 0) setSection(linked);
  }, [linked]);
  const current: Section = section !== 'global' && section >= runners.length ? 'global' : section;

  const apply = useCallback(
    (edit: Edit): Trouble | undefined => {
      try {
        const now = store.getState();
        const next = edit(now.text);
        if (view) bringTo(view, next, { remote: false });
        return undefined;
      } catch (error) {
        return troubleOf(error);
      }
    },
    [store, view],
  );
  const goTo = useCallback(
    (line: number, column?: number): void => {
      setMode((now) => (now === 'form' ? (single ? 'text' : 'both') : now));
      if (view) requestAnimationFrame(() => goToLine(view, line, column));
    },
    [view, single],
  );
  const showInText = useCallback(
    (path: TomlPath): void => goTo(lineOfPath(store.getState().text, path) ?? 1),
    [store, goTo],
  );
  const onFix = useCallback((finding: ConfigFinding): void => void apply(fixEdit(finding)), [apply]);
  const form = useMemo(
    () => ({ values: lastValues, disk, findings: checked.findings, apply, showInText }),
    [lastValues, disk, checked.findings, apply, showInText],
  );
  const choose = (next: Section): void => {
    setSection(next);
    const key = next === 'global' ? undefined : keys[next];
    replaceRoute(key === undefined ? { view: 'config' } : { view: 'config', runner: key });
    const line = next === 'global' ? 1 : lineOfPath(text, ['runners', next]);
    if (view && line !== undefined) scrollToLine(view, line);
  };
  const wrong = useMemo(() => {
    const errors = checked.findings.filter((finding) => severityOf(finding) === 'error');
    return new Set(
      errors.map(({ path }): Section => (path[0] === 'runners' && typeof path[1] === 'number' ? path[1] : 'global')),
    );
  }, [checked.findings]);
  const step = (kind: 'undo' | 'redo'): void => {
    if (view) (kind === 'undo' ? undo : redo)(view);
  };
  const saveIt = (): void => {
    leaveField();
    void store.getState().save();
  };
  useCommands([
    {
      id: 'config.save',
      label: t('config.save'),
      note: t('settings.config'),
      icon: <Save size={16} />,
      keys: shortcuts.save[0],
      run: saveIt,
    },
    {
      id: 'config.undo',
      label: t('config.undo'),
      icon: <Undo2 size={16} />,
      keys: shortcuts.undo[0],
      run: () => step('undo'),
    },
    {
      id: 'config.redo',
      label: t('config.redo'),
      icon: <Redo2 size={16} />,
      keys: shortcuts.undo[1],
      run: () => step('redo'),
    },
    ...modes
      .filter((each) => each !== mode)
      .map((each) => ({
        id: `config.mode.${each}`,
        label: t(`config.show.${each}`),
        icon: <Columns2 size={16} />,
        run: () => setMode(each),
      })),
  ]);
  const broken = useLasting(values === undefined ? checked.findings.find(({ level }) => level === 'file') : undefined);
  return (
    <div className={shell['view']}>
      <header className={shell['head']}>
        <div className={shell['headText']}>
          <h1>{t('config.title')}</h1>
          <p>{file.exists ? <bdi>{file.path}</bdi> : t('config.new')}</p>
        </div>
        <ModeSwitch mode={mode} modes={modes} onMode={setMode} />
        <IconButton
          aria-disabled={!view || undoDepth(view.state) === 0}
          keys={showKeys(shortcuts.undo[0])}
          label={t('config.undo')}
          onClick={() => step('undo')}
        >
          <Undo2 size={16} />
        </IconButton>
        <IconButton
          aria-disabled={!view || redoDepth(view.state) === 0}
          keys={showKeys(shortcuts.undo[1])}
          label={t('config.redo')}
          onClick={() => step('redo')}
        >
          <Redo2 size={16} />
        </IconButton>
      </header>
      {conflict !== undefined ? (
        <div className={styles['flat']}>
          <Note action={<Button onClick={() => state.review(true)}>{t('config.review')}</Button>} tone="warn">
            <strong>{t('config.diskChanged')}</strong> {t('config.diskChangedText')}
          </Note>
        </div>
      ) : null}
      <div className={styles['columns']} data-mode={mode}>
        {layout === 'narrow' || mode === 'text' ? null : (
          <Sections onChoose={choose} runners={runners} section={current} wrong={wrong} />
        )}
        {mode === 'text' ? null : (
          <FormContext value={form}>
            <FormPane
              broken={broken}
              key={String(current)}
              narrow={layout === 'narrow'}
              onChoose={choose}
              onGoTo={goTo}
              runners={runners}
              section={current}
            />
          </FormContext>
        )}
        <div className={styles['textPane']} hidden={mode === 'form'}>
          <TextPane onFix={onFix} onView={setView} shown={mode !== 'form'} store={store} />
          <p className={styles['textHelp']}>{t('config.tabHelp')}</p>
        </div>
      </div>
      <Foot
        changed={isChanged(state)}
        onFix={onFix}
        onGo={({ line, column }) => goTo(line ?? 1, column)}
        runners={runners}
        store={store}
      />
    </div>
  );
}

function ModeSwitch({
  mode,
  modes,
  onMode,
}: {
  readonly mode: Mode;
  readonly modes: readonly Mode[];
  readonly onMode: (mode: Mode) => void;
}) {
  return (
    <fieldset className={styles['modes']}>
      <legend className="hidden-text">{t('config.mode')}</legend>
      {modes.map((each) => (
        <label data-checked={each === mode || undefined} key={each}>
          <input
            checked={each === mode}
            className="hidden-text"
            name="config-mode"
            onChange={() => onMode(each)}
            type="radio"
          />
          {t(`config.mode.${each}`)}
        </label>
      ))}
    </fieldset>
  );
}

/** A key that is typed is no TOML until its value stands there: the form does not flicker along. */
const restAfterMs = 800;
function useLasting<T>(value: T | undefined): T | undefined {
  const [lasts, setLasts] = useState(false);
  const isThere = value !== undefined;
  useEffect(() => {
    const timer = setTimeout(() => setLasts(isThere), isThere ? restAfterMs : 0);
    return () => clearTimeout(timer);
  }, [isThere]);
  return lasts ? value : undefined;
}

/** What counts when a field is left counts when it is saved from. */
function leaveField(): void {
  const field = document.activeElement;
  if (!(field instanceof HTMLElement) || !field.matches('input, textarea')) return;
  field.blur();
  field.focus();
}

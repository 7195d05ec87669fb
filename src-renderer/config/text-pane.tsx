import { setDiagnostics } from '@codemirror/lint';
import { EditorView } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import type { ConfigFinding } from '../../src-shared/ipc.ts';
import { setDiskText } from './changed-lines.ts';
import styles from './config.module.css';
import type { ConfigStore } from './config-store.ts';
import { bringTo, createEditorState } from './editor.ts';
import { diagnosticsOf } from './findings.ts';

/** The editor over the store's text. It lives as long as the view, shown or not: it holds the history of both sides. */
export function TextPane({
  store,
  shown,
  onView,
  onFix,
}: {
  readonly store: ConfigStore;
  readonly shown: boolean;
  readonly onView: (view: EditorView | undefined) => void;
  readonly onFix: (finding: ConfigFinding) => void;
}) {
  const host = useRef<HTMLDivElement>(null);
  const fix = useRef(onFix);
  fix.current = onFix;
  useEffect(() => {
    if (host.current === null) return;
    const { text, setText } = store.getState();
    const view = new EditorView({ parent: host.current, state: createEditorState(text, setText) });
    const tellDisk = (): void => view.dispatch({ effects: setDiskText.of(store.getState().file?.text ?? '') });
    const mark = (): void => {
      const { findings } = store.getState().checked;
      const diagnostics = diagnosticsOf(view.state.doc.toString(), findings, (finding) => fix.current(finding));
      view.dispatch(setDiagnostics(view.state, diagnostics));
    };
    tellDisk();
    mark();
    onView(view);
    const stop = store.subscribe((now, before) => {
      if (now.text !== before.text) bringTo(view, now.text, { remote: true });
      if (now.file !== before.file) tellDisk();
      if (now.checked !== before.checked) mark();
    });
    return () => {
      stop();
      onView(undefined);
      view.destroy();
    };
  }, [store, onView]);
  return <div className={styles['text']} dir="ltr" hidden={!shown} ref={host} />;
}

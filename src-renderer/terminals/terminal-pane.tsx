import '@xterm/xterm/css/xterm.css';
import { AArrowDown, AArrowUp, Accessibility, ClipboardPaste, Copy, ScrollText, Search } from 'lucide-react';
import { useRef, useState } from 'react';
import type { TerminalView } from '../../src-shared/ipc.ts';
import { useHarrier, usePrefs } from '../app/harrier.ts';
import { fontSizes } from '../app/prefs.ts';
import { hashOf } from '../app/route.ts';
import { isMac } from '../app/shortcuts.ts';
import { t } from '../app/text.ts';
import { Button, controlStyles, IconButton, Note } from '../ui/controls.tsx';
import { PasteDialog, runsAtOnce } from './paste-dialog.tsx';
import { SearchBar } from './search-bar.tsx';
import styles from './terminals.module.css';
import { useTerminal } from './use-terminal.ts';

export interface TerminalPaneProps {
  readonly view: TerminalView;
  /** Its place is still there. */
  readonly canReopen: boolean;
  readonly onReopen: () => void;
  readonly onClose: () => void;
  /** Gives the focus to what stands above the terminal. */
  readonly onLeave: () => void;
}

/** One terminal: its tools, the screen, and why it has ended. Loaded when the first one is shown. */
export function TerminalPane({ view, canReopen, onReopen, onClose, onLeave }: TerminalPaneProps) {
  const { prefs } = useHarrier();
  const fontSize = usePrefs((each) => each.terminalFont);
  const screenReader = usePrefs((each) => each.screenReader);
  const box = useRef<HTMLDivElement>(null);
  const [searching, setSearching] = useState(false);
  const [pasting, setPasting] = useState<string>();
  const [notice, setNotice] = useState<string>();
  const ended = view.endedMs !== undefined;
  const copy = (): void => void navigator.clipboard.writeText(shown.selection());
  const paste = (text: string): void => {
    if (ended || text === '') return;
    if (runsAtOnce(text)) setPasting(text);
    else shown.paste(text);
  };
  const shown = useTerminal(box, {
    id: view.id,
    ended,
    onGone: () => {},
    keys: { onSearch: () => setSearching(true), onCopy: copy, onLeave, onPaste: paste },
  });
  const pasteFromClipboard = async (): Promise<void> => {
    try {
      paste(await navigator.clipboard.readText());
      setNotice(undefined);
    } catch {
      setNotice(t('terminals.noClipboard', { key: pasteKey() }));
    }
    shown.focus();
  };
  const endSearch = (): void => {
    setSearching(false);
    shown.endSearch();
    shown.focus();
  };
  const bigger = fontSizes[fontSizes.indexOf(fontSize) + 1];
  const smaller = fontSizes[fontSizes.indexOf(fontSize) - 1];
  return (
    <div className={styles['pane']}>
      <div aria-label={t('terminals.tools')} className={styles['tools']} role="toolbar">
        <IconButton
          keys={isMac() ? '⌘F' : 'Ctrl+Shift+F'}
          label={t('terminals.search')}
          onClick={() => setSearching(!searching)}
          pressed={searching}
        >
          <Search size={16} />
        </IconButton>
        <IconButton
          aria-disabled={!shown.selected || undefined}
          keys={isMac() ? '⌘C' : 'Ctrl+Shift+C'}
          label={t('terminals.copy')}
          onClick={() => shown.selected && copy()}
        >
          <Copy size={16} />
        </IconButton>
        <IconButton
          aria-disabled={ended || undefined}
          keys={pasteKey()}
          label={t('terminals.paste')}
          onClick={() => void pasteFromClipboard()}
        >
          <ClipboardPaste size={16} />
        </IconButton>
        <span className={styles['gap']} />
        <IconButton
          aria-disabled={smaller === undefined || undefined}
          label={t('terminals.smaller')}
          onClick={() => smaller !== undefined && prefs.setState({ terminalFont: smaller })}
        >
          <AArrowDown size={16} />
        </IconButton>
        <IconButton
          aria-disabled={bigger === undefined || undefined}
          label={t('terminals.bigger')}
          onClick={() => bigger !== undefined && prefs.setState({ terminalFont: bigger })}
        >
          <AArrowUp size={16} />
        </IconButton>
        <IconButton
          label={t('terminals.screenReader')}
          onClick={() => prefs.setState({ screenReader: !screenReader })}
          pressed={screenReader}
        >
          <Accessibility size={16} />
        </IconButton>
        <span className={styles['spring']} />
        <a
          aria-label={t('terminals.toJob', { name: view.name })}
          className={controlStyles['icon']}
          href={hashOf({ view: 'jobs', job: view.job })}
          title={t('terminals.toJob', { name: view.name })}
        >
          <ScrollText size={16} />
        </a>
      </div>
      {searching ? <SearchBar matches={shown.matches} onClose={endSearch} onFind={shown.find} /> : null}
      {notice ? (
        <div className={styles['notice']}>
          <Note tone="warn">{notice}</Note>
        </div>
      ) : null}
      <div className={styles['screen']}>
        <div ref={box} />
      </div>
      {ended ? (
        <div className={styles['ended']} role="status">
          <span>{t(`terminals.ended.${view.ended ?? 'shell'}`)}</span>
          <span className={styles['spring']} />
          {canReopen ? (
            <Button onClick={onReopen} size="small">
              {t('terminals.another')}
            </Button>
          ) : null}
          <Button onClick={onClose} size="small">
            {t('terminals.closeEnded')}
          </Button>
        </div>
      ) : (
        <div className={styles['foot']}>
          <span>{t('terminals.leave', { key: 'Ctrl+F6' })}</span>
          <span className={styles['spring']} />
          <span className="num">{shown.size}</span>
        </div>
      )}
      {pasting !== undefined ? (
        <PasteDialog
          onClose={() => {
            setPasting(undefined);
            shown.focus();
          }}
          onPaste={() => shown.paste(pasting)}
          text={pasting}
        />
      ) : null}
    </div>
  );
}

const pasteKey = (): string => (isMac() ? '⌘V' : 'Ctrl+Shift+V');

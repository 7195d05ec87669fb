import '@xterm/xterm/css/xterm.css';
import { AArrowDown, AArrowUp, Accessibility, ClipboardPaste, Copy, ScrollText, Search, X } from 'lucide-react';
import { Fragment, useRef, useState } from 'react';
import type { TerminalView } from '../../src-shared/ipc.ts';
import { type Command, useCommands } from '../app/commands.ts';
import { useHarrier, usePrefs } from '../app/harrier.ts';
import { fontSizes } from '../app/prefs.ts';
import { goTo, hashOf } from '../app/route.ts';
import { isMac, shortcuts, showKeys } from '../app/shortcuts.ts';
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

/** A command with a button of its own above the screen. */
interface Tool extends Command {
  readonly pressed?: boolean;
  /** It can do nothing now. */
  readonly off?: boolean;
  /** A gap stands before it. */
  readonly apart?: boolean;
}

/** One terminal: its tools, the screen, and why it has ended. Loaded when the first one is shown. */
export function TerminalPane({ view, canReopen, onReopen, onClose, onLeave }: TerminalPaneProps) {
  const { prefs } = useHarrier();
  const fontSize = usePrefs((each) => each.terminalFont);
  const screenReader = usePrefs((each) => each.screenReader);
  const box = useRef<HTMLDivElement>(null);
  const [searching, setSearching] = useState(false);
  const [sought, setSought] = useState('');
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
      setNotice(t('terminals.noClipboard', { key: showKeys(pasteKeys()) }));
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
  const jobRoute = { view: 'jobs', job: view.job } as const;
  const tools: readonly Tool[] = [
    {
      id: 'terminal.search',
      label: t('terminals.search'),
      icon: <Search size={16} />,
      keys: isMac() ? 'Mod+F' : 'Ctrl+Shift+F',
      pressed: searching,
      run: () => setSearching(!searching),
    },
    {
      id: 'terminal.copy',
      label: t('terminals.copy'),
      icon: <Copy size={16} />,
      keys: isMac() ? 'Mod+C' : 'Ctrl+Shift+C',
      off: !shown.selected,
      run: copy,
    },
    {
      id: 'terminal.paste',
      label: t('terminals.paste'),
      icon: <ClipboardPaste size={16} />,
      keys: pasteKeys(),
      off: ended,
      run: () => void pasteFromClipboard(),
    },
    {
      id: 'terminal.smaller',
      label: t('terminals.smaller'),
      icon: <AArrowDown size={16} />,
      off: smaller === undefined,
      apart: true,
      run: () => prefs.setState({ terminalFont: smaller ?? fontSize }),
    },
    {
      id: 'terminal.bigger',
      label: t('terminals.bigger'),
      icon: <AArrowUp size={16} />,
      off: bigger === undefined,
      run: () => prefs.setState({ terminalFont: bigger ?? fontSize }),
    },
    {
      id: 'terminal.screenReader',
      label: t('terminals.screenReader'),
      icon: <Accessibility size={16} />,
      pressed: screenReader,
      run: () => prefs.setState({ screenReader: !screenReader }),
    },
  ];
  // Their keys belong to the focused terminal: it hears them itself.
  useCommands([
    ...tools.filter(({ off }) => off !== true).map(({ id, label, icon, run }): Command => ({ id, label, icon, run })),
    {
      id: 'terminal.toJob',
      label: t('terminals.toJob', { name: view.name }),
      icon: <ScrollText size={16} />,
      run: () => goTo(jobRoute),
    },
    { id: 'terminal.close', label: t('terminals.close', { name: view.name }), icon: <X size={16} />, run: onClose },
  ]);
  return (
    <div className={styles['pane']}>
      <div aria-label={t('terminals.tools')} className={styles['tools']} role="toolbar">
        {tools.map(({ id, label, icon, keys, pressed, off, apart, run }) => (
          <Fragment key={id}>
            {apart ? <span className={styles['gap']} /> : null}
            <IconButton
              aria-disabled={off || undefined}
              label={label}
              onClick={() => off !== true && run()}
              {...(keys !== undefined ? { keys: showKeys(keys) } : {})}
              {...(pressed !== undefined ? { pressed } : {})}
            >
              {icon}
            </IconButton>
          </Fragment>
        ))}
        <span className={styles['spring']} />
        <a
          aria-label={t('terminals.toJob', { name: view.name })}
          className={controlStyles['icon']}
          href={hashOf(jobRoute)}
          title={t('terminals.toJob', { name: view.name })}
        >
          <ScrollText size={16} />
        </a>
      </div>
      {searching ? (
        <SearchBar matches={shown.matches} onClose={endSearch} onFind={shown.find} onText={setSought} text={sought} />
      ) : null}
      {notice ? (
        <div className={styles['notice']}>
          <Note tone="warn">{notice}</Note>
        </div>
      ) : null}
      <div className={styles['screen']} dir="ltr">
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
          <span>
            {t('terminals.leave', {
              key: showKeys(shortcuts.leaveTerminal[0]),
              commands: showKeys(isMac() ? shortcuts.commands[0] : shortcuts.terminalCommands[0]),
            })}
          </span>
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

const pasteKeys = (): string => (isMac() ? 'Mod+V' : 'Ctrl+Shift+V');

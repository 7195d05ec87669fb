import { ChevronDown, ChevronRight } from 'lucide-react';
import { type MouseEvent, memo } from 'react';
import type { LogLine } from '../../src-shared/trace/index.ts';
import { t } from '../app/text.ts';
import { StateIcon } from '../ui/state-icon.tsx';
import { type FilePlace, findFilePlaces } from './file-places.ts';
import styles from './log.module.css';
import { type Piece, piecesOf } from './pieces.ts';
import { spanStyle } from './span-style.ts';

/** What a section's header row says beside its title. */
export interface SectionRow {
  readonly id: number;
  readonly folded: boolean;
  /** Lines that are hidden while it is folded. */
  readonly hidden: number;
  /** Matches in them. */
  readonly hits: number;
  readonly duration: string | undefined;
  readonly open: boolean;
}
export interface LogRowProps {
  /** From 0; shown from 1. */
  readonly index: number;
  /** Absent while it is fetched. */
  readonly line: LogLine | undefined;
  readonly href: string;
  readonly time: string | undefined;
  readonly depth: number;
  readonly section: SectionRow | undefined;
  readonly problem: boolean;
  readonly picked: boolean;
  readonly marks: readonly (readonly [number, number])[];
  /** Which of the marks is the current one. */
  readonly mark: number | undefined;
  readonly dark: boolean;
  readonly onFold: (id: number) => void;
  readonly onPick: (index: number, extend: boolean) => void;
  /** Absent where files of this job cannot be opened. */
  readonly onFile: ((place: FilePlace) => void) | undefined;
}

/** One line, 20 px. Rows are text, so that they can be read, selected and searched for like any other. */
export const LogRow = memo(function LogRow(props: LogRowProps) {
  const { index, section, depth } = props;
  return (
    <div
      className={styles['row']}
      data-line={index + 1}
      data-picked={props.picked || undefined}
      data-problem={props.problem || undefined}
      data-section={section ? '' : undefined}
    >
      <a
        aria-label={t('log.line', { line: index + 1 })}
        className={styles['number']}
        href={props.href}
        onClick={(event: MouseEvent) => {
          event.preventDefault();
          props.onPick(index, event.shiftKey);
        }}
        tabIndex={-1}
      >
        {index + 1}
      </a>
      {props.time !== undefined ? <span className={styles['time']}>{props.time}</span> : null}
      {section ? <SectionHead {...props} section={section} /> : <PlainLine {...props} depth={depth} />}
    </div>
  );
});

function SectionHead({
  line,
  section,
  depth,
  onFold,
  marks,
  mark,
  dark,
}: LogRowProps & { readonly section: SectionRow }) {
  const title = line === undefined ? '' : line.spans.map((span) => span.text).join('');
  return (
    <button
      aria-expanded={!section.folded}
      className={styles['section']}
      onClick={() => onFold(section.id)}
      type="button"
    >
      <Nest depth={depth} />
      <span className={styles['fold']}>{section.folded ? <ChevronRight size={14} /> : <ChevronDown size={14} />}</span>
      <span className={styles['title']}>
        {marks.length === 0 ? (
          title || ' '
        ) : (
          <Pieces
            dark={dark}
            line={{ spans: [{ text: title, style: { fg: -1, bg: -1, flags: 0 } }] }}
            mark={mark}
            marks={marks}
          />
        )}
      </span>
      {section.folded ? (
        <span className={styles['count']}>{t('log.hiddenLines', { count: section.hidden })}</span>
      ) : null}
      {section.folded && section.hits > 0 ? (
        <span className={styles['hits']}>{t('log.hits', { count: section.hits })}</span>
      ) : null}
      {section.duration !== undefined ? (
        <span className={styles['duration']} data-open={section.open || undefined}>
          {section.duration}
        </span>
      ) : null}
    </button>
  );
}

function PlainLine({ line, problem, depth, marks, mark, dark, onFile }: LogRowProps) {
  return (
    <>
      <Nest depth={Math.max(0, depth - 1)} />
      <span className={styles['fold']}>{problem ? <StateIcon size={14} state="failed" /> : null}</span>
      {depth > 0 && !problem ? <span className={styles['guide']} /> : null}
      <span className={styles['text']}>
        {line === undefined ? ' ' : <Pieces dark={dark} line={line} mark={mark} marks={marks} onFile={onFile} />}
      </span>
    </>
  );
}

const Nest = ({ depth }: { readonly depth: number }) =>
  Array.from({ length: Math.min(depth, 8) }, (_, at) => (
    <span className={styles['nest']} key={`nest-${at.toString()}`} />
  ));

function Pieces({
  line,
  marks,
  mark,
  dark,
  onFile,
}: { readonly line: LogLine; readonly onFile?: LogRowProps['onFile'] } & Pick<LogRowProps, 'marks' | 'mark' | 'dark'>) {
  const places = onFile === undefined ? [] : findFilePlaces(line.spans.map((span) => span.text).join(''));
  return piecesOf(line.spans, marks, places).map((piece) => {
    const style = spanStyle(piece.style, dark);
    const content = <PieceText key={piece.at} onFile={onFile} piece={piece} />;
    if (piece.mark !== undefined)
      return (
        <mark className={styles['match']} data-now={piece.mark === mark || undefined} key={piece.at}>
          {content}
        </mark>
      );
    return style === undefined ? (
      content
    ) : (
      <span key={piece.at} style={style}>
        {content}
      </span>
    );
  });
}

function PieceText({ piece, onFile }: { readonly piece: Piece; readonly onFile: LogRowProps['onFile'] }) {
  const { text, style, place } = piece;
  if (style.link !== undefined)
    return (
      <a href={style.link} rel="noreferrer noopener" target="_blank" title={style.link}>
        {text}
      </a>
    );
  if (place !== undefined && onFile !== undefined)
    return (
      <button className={styles['file']} onClick={() => onFile(place)} title={t('log.openFile')} type="button">
        {text}
      </button>
    );
  return text;
}

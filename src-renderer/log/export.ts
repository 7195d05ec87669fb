import type { JobView } from '../../src-shared/ipc.ts';
import { ansiText, blockTexts, parseBlock } from '../../src-shared/trace/index.ts';
import type { LineRange } from '../app/route.ts';
import { t } from '../app/text.ts';
import { WireFailure } from '../app/wire-failure.ts';
import { decodeUtf8 } from './decode.ts';
import type { LogSource } from './log-source.ts';

/** The clipboard is no place for more than this. */
const mostCopiedBytes = 8_000_000;
const stepBytes = 1_000_000;

/** `plain`: as a person reads it. `colours`: with escape sequences for colours, and nothing else of what was printed. */
export type CopyKind = 'plain' | 'colours';

/** Copies the picked lines, or the whole log. Gives what to tell. */
export async function copyLog(source: LogSource, picked: LineRange | undefined, kind: CopyKind): Promise<string> {
  const [from, to] = picked ?? [1, source.index.lines];
  if (bytesOf(source, [from, to]) > mostCopiedBytes)
    throw new WireFailure({ code: 'TOO_LARGE', message: t('log.tooLargeToCopy') });
  const lines: string[] = [];
  for await (const some of linesOf(source, [from, to], kind)) lines.push(...some);
  await navigator.clipboard.writeText(lines.join('\n'));
  return t('log.copied', { count: lines.length });
}

/** Saves the log's bytes as they are. The browser keeps large blobs on disk, not in our memory. */
export async function saveRaw(source: LogSource, job: JobView): Promise<string> {
  const parts: Blob[] = [];
  for (let at = 0; at < source.size; at += stepBytes) {
    const binary = await source.read(at, Math.min(source.size, at + stepBytes));
    parts.push(new Blob([Uint8Array.from(binary, (character) => character.charCodeAt(0))]));
  }
  return save(parts, `${fileName(job)}.log`);
}

/** Saves the picked lines, or the whole log, as a person reads them. */
export async function savePlain(source: LogSource, job: JobView, picked: LineRange | undefined): Promise<string> {
  const parts: Blob[] = [];
  for await (const some of linesOf(source, picked ?? [1, source.index.lines], 'plain'))
    parts.push(new Blob([`${some.join('\n')}\n`]));
  return save(parts, `${fileName(job)}${picked ? `-L${picked[0]}-L${picked[1]}` : ''}.txt`);
}

/** Lines, both ends included, from 1; about a megabyte of the log at a time. */
async function* linesOf({ index, read }: LogSource, [from, to]: LineRange, kind: CopyKind): AsyncGenerator<string[]> {
  const { blocks } = index;
  const endOf = (at: number): number => blocks[at + 1]?.resume.offset ?? index.size;
  let first = Math.max(0, index.blockOf(from - 1));
  while ((blocks[first]?.firstLine ?? to) < to) {
    const start = blocks[first]?.resume.offset ?? 0;
    let next = first + 1;
    while (next < blocks.length && (blocks[next]?.firstLine ?? to) < to && endOf(next) - start <= stepBytes) next++;
    const binary = await read(start, endOf(next - 1));
    const lines: string[] = [];
    for (const [offset, block] of blocks.slice(first, next).entries()) {
      const bytes = binary.slice(block.resume.offset - start, endOf(first + offset) - start);
      const texts =
        kind === 'plain'
          ? blockTexts(block, bytes, decodeUtf8)
          : parseBlock(block, bytes, decodeUtf8).map(({ spans }) => ansiText(spans));
      lines.push(...texts.slice(Math.max(0, from - 1 - block.firstLine), to - block.firstLine));
    }
    yield lines;
    first = next;
  }
}

/** About how many bytes of the log hold these lines. */
function bytesOf({ index }: LogSource, [from, to]: LineRange): number {
  const { blocks } = index;
  const start = blocks[index.blockOf(from - 1)]?.resume.offset ?? 0;
  return (blocks[index.blockOf(to - 1) + 1]?.resume.offset ?? index.size) - start;
}

const fileName = (job: JobView): string => `${job.name.replace(/[^\w.-]+/g, '-')}-${job.id}`;

function save(parts: readonly Blob[], name: string): string {
  const link = document.createElement('a');
  const url = URL.createObjectURL(new Blob([...parts], { type: 'text/plain' }));
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  return t('log.saved', { name });
}

import type { JobView } from '../../src-shared/ipc.ts';
import { blockTexts } from '../../src-shared/trace/index.ts';
import type { LineRange } from '../app/route.ts';
import { t } from '../app/text.ts';
import { WireFailure } from '../app/wire-failure.ts';
import { decodeUtf8 } from './decode.ts';
import type { LogSource } from './log-source.ts';

/** The clipboard is no place for more than this. */
const mostCopiedBytes = 8_000_000;
const stepBytes = 1_000_000;

/** Copies the picked lines, or the whole log, as plain text. Gives what to tell. */
export async function copyLog(source: LogSource, picked: LineRange | undefined): Promise<string> {
  if (picked === undefined && source.size > mostCopiedBytes)
    throw new WireFailure({ code: 'TOO_LARGE', message: t('log.tooLargeToCopy') });
  const lines = await textOf(source, picked ?? [1, source.index.lines]);
  await navigator.clipboard.writeText(lines.join('\n'));
  return t('log.copied', { count: lines.length });
}

/** Lines as a person reads them; both ends included, from 1. */
export async function textOf({ index, read }: LogSource, [from, to]: LineRange): Promise<string[]> {
  const lines: string[] = [];
  for (let at = index.blockOf(from - 1); at < index.blocks.length; at++) {
    const block = index.blocks[at];
    if (block === undefined || block.firstLine >= to) break;
    const binary = await read(block.resume.offset, index.blocks[at + 1]?.resume.offset ?? index.size);
    for (const [offset, text] of blockTexts(block, binary, decodeUtf8).entries()) {
      const number = block.firstLine + offset + 1;
      if (number >= from && number <= to) lines.push(text);
    }
  }
  return lines;
}

/** Saves the log's bytes as they are. The browser keeps large blobs on disk, not in our memory. */
export async function downloadLog(source: LogSource, job: JobView): Promise<string> {
  const parts: Blob[] = [];
  for (let at = 0; at < source.size; at += stepBytes) {
    const binary = await source.read(at, Math.min(source.size, at + stepBytes));
    parts.push(new Blob([Uint8Array.from(binary, (character) => character.charCodeAt(0))]));
  }
  const link = document.createElement('a');
  const url = URL.createObjectURL(new Blob(parts, { type: 'text/plain' }));
  link.href = url;
  link.download = `${job.name.replace(/[^\w.-]+/g, '-')}-${job.id}.log`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  return t('log.downloaded');
}

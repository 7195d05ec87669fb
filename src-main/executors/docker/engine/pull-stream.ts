import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import * as v from 'valibot';
import { EngineError, type PullProgress } from './types.ts';

const lineSchema = v.looseObject({
  status: v.nullish(v.string(), ''),
  id: v.nullish(v.string()),
  progressDetail: v.nullish(v.looseObject({ current: v.nullish(v.number()), total: v.nullish(v.number()) })),
  error: v.nullish(v.string()),
});

/** Reads the engine's progress lines to their end. A failure comes as a line, after a 200. */
export async function followPull(stream: Readable, onProgress?: (progress: PullProgress) => void): Promise<void> {
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === '') continue;
    const { status, id, progressDetail, error } = v.parse(lineSchema, JSON.parse(line));
    if (error) throw new EngineError(200, error);
    onProgress?.({
      status,
      ...(id ? { layer: id } : {}),
      ...(typeof progressDetail?.current === 'number' ? { current: progressDetail.current } : {}),
      ...(typeof progressDetail?.total === 'number' ? { total: progressDetail.total } : {}),
    });
  }
}

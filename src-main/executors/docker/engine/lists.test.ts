import { expect, it } from 'vitest';
import { readLists } from './lists.ts';
import { EngineError } from './types.ts';

const labels = { mine: 'true' };
const wanted = { kind: 'volume', labels: ['mine=true'], sizes: true } as const;

it('volumes have their sizes, and whether a container has them', async () => {
  const ask = async () => ({
    Volumes: [
      { Name: 'a', Labels: labels, UsageData: { Size: 5, RefCount: 1 } },
      { Name: 'b', Labels: labels, UsageData: { Size: -1, RefCount: 0 } },
      { Name: 'other', Labels: null, UsageData: { Size: 7, RefCount: 0 } },
    ],
  });
  expect(await readLists(wanted, ask)).toEqual([
    { kind: 'volume', id: 'a', name: 'a', labels, sizeBytes: 5, inUse: true },
    { kind: 'volume', id: 'b', name: 'b', labels },
  ]);
});

it('an engine that counts for somebody else gives no sizes, but what is in use', async () => {
  const ask = async (path: string, query: Readonly<Record<string, unknown>>) => {
    if (path === '/system/df')
      throw new EngineError(500, 'Error response from daemon: a disk usage operation is already running');
    const used = JSON.stringify(query).includes('"dangling":["false"]');
    return { Volumes: [{ Name: used ? 'a' : 'b', Labels: labels }] };
  };
  expect(await readLists(wanted, ask)).toEqual([
    { kind: 'volume', id: 'b', name: 'b', labels },
    { kind: 'volume', id: 'a', name: 'a', labels, inUse: true },
  ]);
  const broken = async () => {
    throw new EngineError(500, 'no');
  };
  await expect(readLists(wanted, broken)).rejects.toThrow('no');
});

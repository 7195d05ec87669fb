import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pack } from 'tar-stream';
import { expect, it } from 'vitest';
import { addEntry, inBlocks, tarEntries } from './tar-io.ts';

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await nextTurn();
};

it('entries wait for the reader, however small they are', async () => {
  const tar = pack();
  const content = Buffer.alloc(1000, 'x');
  let added = 0;
  const adding = (async () => {
    for (let index = 0; index < 2000; index++) {
      await addEntry(tar, { name: `f${index}`, size: content.length }, [content]);
      added++;
    }
    tar.finalize();
  })();
  await turns(200);
  expect(added).toBeLessThan(50);
  let found = 0;
  for await (const { body } of tarEntries(Readable.from(inBlocks(tar)))) {
    found++;
    body.resume();
  }
  await adding;
  expect(found).toBe(2000);
});

it('a reader that goes away ends the entry that waits for it', async () => {
  const tar = pack();
  const big = Buffer.alloc(1024 * 1024);
  tar.on('error', () => {});
  const adding = addEntry(tar, { name: 'big', size: 4 * big.length }, [big, big, big, big]);
  await turns(5);
  tar.destroy(new Error('gone'));
  await expect(adding).rejects.toThrow();
});

it('small chunks travel in blocks', async () => {
  const chunks = Array.from({ length: 1000 }, (_, index) => Buffer.from(`${index};`.padEnd(200)));
  const blocks: Uint8Array[] = [];
  for await (const block of inBlocks(Readable.from(chunks))) blocks.push(block);
  expect(Buffer.concat(blocks)).toEqual(Buffer.concat(chunks));
  expect(blocks.length).toBeLessThan(5);
});

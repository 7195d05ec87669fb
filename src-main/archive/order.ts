/** Runs the work of `items` ahead, at most `width` at a time, and gives the results in the order of the items. */
export async function* inOrder<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  width: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<{ readonly item: Item; readonly result: Result }> {
  const running: { item: Item; result: Promise<Result> }[] = [];
  try {
    for await (const item of items) {
      const result = work(item);
      // Looked at in its turn; until then a failure is not an unhandled one.
      result.catch(() => {});
      running.push({ item, result });
      if (running.length >= width) {
        const first = running.shift()!;
        yield { item: first.item, result: await first.result };
      }
    }
    for (let first = running.shift(); first; first = running.shift())
      yield { item: first.item, result: await first.result };
  } finally {
    await Promise.allSettled(running.map(({ result }) => result));
  }
}

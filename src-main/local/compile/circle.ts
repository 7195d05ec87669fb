/** A circle in a graph of names, its first name again at the end; undefined when there is none. */
export function findCircle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  for (const start of graph.keys()) {
    // A stack of our own: a chain of thousands of jobs must not overflow the program's.
    const path: { readonly name: string; next: number }[] = [];
    const open = new Set<string>();
    const enter = (name: string): void => {
      path.push({ name, next: 0 });
      open.add(name);
    };
    if (!done.has(start)) enter(start);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const target = graph.get(top.name)?.[top.next];
      top.next += 1;
      if (target === undefined) {
        path.pop();
        open.delete(top.name);
        done.add(top.name);
      } else if (open.has(target)) {
        const names = path.map(({ name }) => name);
        return [...names.slice(names.indexOf(target)), target];
      } else if (!done.has(target)) enter(target);
    }
  }
  return undefined;
}

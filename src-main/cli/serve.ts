import type { ServeFlags } from '../app/flags.ts';
import { createServedApp } from '../app/serve.ts';
import { startWebHost } from '../web/index.ts';

/** `harrier serve`: the window in a browser. Prints the address, runs until a signal. */
export async function runServe(flags: ServeFlags): Promise<number> {
  const { app, rendererFolder } = await createServedApp(flags);
  const host = await startWebHost({
    app,
    rendererFolder,
    log: app.log,
    ...(flags.port !== undefined ? { port: flags.port } : {}),
  });
  await app.start();
  process.stdout.write(`Harrier is at ${host.url}\n`);
  await new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => done());
  });
  await host.close();
  await app.close();
  return 0;
}

import { createServedApp } from '../app/serve.ts';
import type { Parsed } from '../base/flags.ts';
import { startWebHost } from '../web/index.ts';

/** `harrier serve`: the window in a browser. Prints the address, runs until a signal. */
export async function serve(input: Parsed): Promise<number> {
  const [port, workingDirectory] = [input.integer('port'), input.text('working-directory')];
  const config = input.text('config');
  const { app, rendererFolder, addressFile } = await createServedApp({
    ...(config !== undefined ? { config } : {}),
    ...(workingDirectory !== undefined ? { workingDirectory } : {}),
    ...(input.boolean('debug') ? { debug: true } : {}),
  });
  const host = await startWebHost({
    app,
    rendererFolder,
    addressFile,
    log: app.log,
    ...(port !== undefined ? { port } : {}),
  });
  await app.start();
  process.stdout.write(`Harrier is at ${host.url}\nOpen this address in a browser here. Ctrl-C ends Harrier.\n`);
  await new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => done());
  });
  await host.close();
  await app.close();
  return 0;
}

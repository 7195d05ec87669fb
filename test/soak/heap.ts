import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';
import { startTestCoordinator } from '../support/coordinator/index.ts';
import { startHarrier } from '../support/harrier.ts';

export interface HeapReport {
  /** Heap in use after a collection, in bytes, when so many jobs had ended. */
  readonly heaps: readonly { readonly jobs: number; readonly bytes: number }[];
  readonly seconds: number;
}

/** Runs jobs without any trouble through a real `harrier run`, and looks at its heap at the given counts of ended jobs. */
export async function runHeap(options: {
  readonly cli: string;
  readonly at: readonly number[];
  readonly concurrent: number;
}): Promise<HeapReport> {
  const folder = mkdtempSync(join(tmpdir(), 'harrier-heap-'));
  const coordinator = await startTestCoordinator();
  const config = join(folder, 'config.toml');
  writeFileSync(
    config,
    `concurrent = ${options.concurrent}\ncheck_interval = 1\n[[runners]]\n  name = "heap"\n  url = "${coordinator.url}"\n` +
      `  token = "${coordinator.token}"\n  executor = "shell"\n  request_concurrency = ${options.concurrent}\n`,
    { mode: 0o600 },
  );
  const started = performance.now();
  const harrier = startHarrier({ cli: options.cli, config, home: folder, execArgv: ['--inspect=127.0.0.1:0'] });
  const inspector = await inspectorOf(harrier.process);
  const heaps: { jobs: number; bytes: number }[] = [];
  let done = 0;
  for (const jobs of options.at) {
    // No job is at work while the heap is looked at: what is left is what is kept.
    const waiting = Array.from({ length: jobs - done }, () =>
      coordinator.queue({ script: ["seq -f 'line %.0f' 1 200"] }),
    );
    await Promise.all(waiting.map((job) => job.done));
    done = jobs;
    heaps.push({ jobs, bytes: await inspector.heapAfterCollection() });
  }
  inspector.close();
  harrier.process.kill('SIGTERM');
  await harrier.ended;
  await coordinator.close();
  rmSync(folder, { recursive: true, force: true });
  return { heaps, seconds: Math.round((performance.now() - started) / 1000) };
}

interface Inspector {
  heapAfterCollection(): Promise<number>;
  close(): void;
}

/** Speaks to V8 from outside, so that the program needs nothing for it. */
async function inspectorOf(child: ReturnType<typeof startHarrier>['process']): Promise<Inspector> {
  const address = await new Promise<string>((resolve) => {
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk;
      const found = /ws:\/\/\S+/.exec(said)?.[0];
      if (found !== undefined) resolve(found);
    });
  });
  const socket = new WebSocket(address);
  await new Promise((resolve) => socket.once('open', resolve));
  let id = 0;
  const ask = (method: string): Promise<Readonly<Record<string, unknown>>> =>
    new Promise((resolve) => {
      const mine = ++id;
      const look = (data: WebSocket.RawData): void => {
        const answer = JSON.parse(String(data)) as { id?: number; result?: Readonly<Record<string, unknown>> };
        if (answer.id !== mine) return;
        socket.off('message', look);
        resolve(answer.result ?? {});
      };
      socket.on('message', look);
      socket.send(JSON.stringify({ id: mine, method }));
    });
  return {
    async heapAfterCollection() {
      // Twice: what a finaliser lets go is there for the second one only.
      for (let round = 0; round < 2; round += 1) await ask('HeapProfiler.collectGarbage');
      return Number((await ask('Runtime.getHeapUsage'))['usedSize']);
    },
    close: () => socket.close(),
  };
}

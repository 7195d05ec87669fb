import { expect } from 'vitest';
import { type Bench, processesOf, uniqueSleep, until } from './bench.ts';
import { endByCrash } from './crash.ts';
import type { Differences } from './types.ts';

export interface Behaviour {
  readonly name: string;
  readonly check: (bench: Bench) => Promise<void>;
  /** What the table in docs/executors.md says once the check has passed; `yes` when absent. */
  readonly says?: (differs: Differences) => string;
}

const archive = (paths: string[]) => [
  { name: 'bundle', paths, artifact_type: 'archive', artifact_format: 'zip', when: 'on_success' },
];

/** May run side by side. What each row says holds for every executor in the list. */
export const behaviours: readonly Behaviour[] = [
  {
    name: 'Sources by git, script, after_script',
    async check({ run }) {
      const job = await run({
        script: ['cat README.md src/deep/b.txt'],
        afterScript: ['echo "after $CI_JOB_STATUS"'],
      });
      expect(job.trace).toContain('hello\nsecond\nb\n');
      expect(job.trace).toContain('after success\n');
      expect(job).toMatchObject({ state: 'success', checksumFits: true });
    },
  },
  {
    name: 'Exit code',
    async check({ run, place }) {
      const job = await run({ script: ['(exit 0)', 'exit 3', 'echo never'] });
      expect(job.updates.at(-1)).toMatchObject({ state: 'failed', failure_reason: 'script_failure', exit_code: 3 });
      expect(job.trace).toContain(`Job failed: ${place.differs?.exitWords ?? 'exit status 3'}`);
    },
  },
  {
    name: 'Cancel: the script ends, after_script runs',
    async check({ queue, engine, printed, keyOf }) {
      const sleep = uniqueSleep();
      const job = queue({ script: ['echo begun', sleep, 'echo never'], afterScript: ['echo "after $CI_JOB_STATUS"'] });
      await printed(job, '\nbegun\n');
      engine.cancel(keyOf(job));
      await job.done;
      expect(job.updates.at(-1)).toMatchObject({ state: 'failed', failure_reason: 'job_canceled' });
      expect(job.trace).toContain('\nafter canceled\n');
      expect(job.trace).not.toContain('\nnever\n');
      await until(() => processesOf(sleep).length === 0);
    },
  },
  {
    name: 'Timeout: everything ends',
    async check({ run }) {
      const sleep = uniqueSleep();
      const job = await run({ script: [sleep], afterScript: ['echo never'], runner_info: { timeout: 2 } });
      expect(job.updates.at(-1)).toMatchObject({ state: 'failed', failure_reason: 'job_execution_timeout' });
      expect(job.trace).toContain('execution took longer than 2s seconds');
      expect(job.trace).not.toContain('\nnever\n');
      await until(() => processesOf(sleep).length === 0);
    },
  },
  {
    name: 'A process in the background does not hold the job and ends with it',
    async check({ run }) {
      const sleep = uniqueSleep();
      const job = await run({ script: [`(${sleep}; echo ghost) & echo started`] });
      expect(job).toMatchObject({ state: 'success' });
      await until(() => processesOf(sleep).length === 0);
    },
  },
  {
    name: 'Masked values do not show',
    async check({ run }) {
      const job = await run({
        variables: [{ key: 'SECRET', value: 'hunter2-very-secret', masked: true }],
        script: ['echo "[$SECRET]"', 'printf hunter2-; sleep 0.1; printf "very-secret\\n"'],
      });
      expect(job.trace).toContain('\n[[MASKED]]\n');
      expect(job.trace).not.toContain('very-secret\n');
    },
  },
  {
    name: 'Large output, to the last byte',
    async check({ run }) {
      const job = await run({ script: ['seq 1 400000', 'echo last'] });
      const lines = job.trace.split('\n');
      const first = lines.indexOf('1');
      expect(lines[first + 399_999]).toBe('400000');
      expect(job.trace).toContain('\nlast\n');
      expect(job).toMatchObject({ state: 'success', checksumFits: true });
    },
  },
  {
    name: 'Binary output',
    async check({ run }) {
      const job = await run({ script: ['printf "\\377\\376abc\\300 1%%\\r2%%\\r\\000.\\n"'] });
      expect(job.trace).toContain('\n\uFFFD\uFFFDabc\uFFFD 1%\r2%\r\0.\n');
    },
  },
  {
    name: 'File variables',
    async check({ run }) {
      const value = `it's "one" $HOME\ntwo`;
      const job = await run({
        variables: [{ key: 'KUBE', value, file: true, raw: true }],
        script: ['cat "$KUBE"; echo', 'case "$KUBE" in "$CI_PROJECT_DIR.tmp/KUBE") echo in place;; esac'],
      });
      expect(job.trace).toContain(`${value}\n`);
      expect(job.trace).toContain('\nin place\n');
    },
  },
  {
    name: 'Artifacts up and down',
    async check({ run }) {
      const made = await run({
        script: [
          'mkdir -p "out/deep er"; printf text > "out/deep er/f.txt"; printf tool > out/tool; chmod 755 out/tool',
        ],
        artifacts: archive(['out/']),
      });
      expect(made.trace).toContain('Job succeeded');
      expect(made.artifacts.map(({ filename }) => filename)).toEqual(['bundle.zip']);
      const used = await run({
        dependencies: [made.asDependency()],
        script: ['cat "out/deep er/f.txt" out/tool; test -x out/tool && echo " can run"'],
      });
      expect(used.trace).toContain('texttool can run\n');
    },
  },
  {
    name: 'Services',
    async check({ run, place }) {
      const serve = 'mkdir /w; echo served > /w/i; exec httpd -f -p 8080 -h /w';
      const job = await run({
        services: [{ name: 'harrier-test:busybox', alias: 'web', command: ['sh', '-c', serve] }],
        variables: [{ key: 'HEALTHCHECK_TCP_PORT', value: '8080' }],
        script: ['wget -qO- http://web:8080/i 2>/dev/null || echo no service'],
      });
      expect(job).toMatchObject({ state: 'success' });
      const { services } = place.differs ?? {};
      expect(job.trace).toContain(services === 'runs' ? '\nserved\n' : '\nno service\n');
      if (services === 'given') expect(job.trace).toContain('"alias":"web"');
    },
    says: ({ services }) => ({ runs: 'yes', given: 'told to the driver', ignored: 'ignored' })[services ?? 'ignored'],
  },
  {
    name: 'Terminal',
    async check({ queue, live, engine, keyOf, printed, place }) {
      const job = queue({ script: ['echo begun', 'until [ -e typed ]; do sleep 0.05; done', 'echo went on'] });
      await printed(job, '\nbegun\n');
      const opening = live(job).terminal({ columns: 80, rows: 24 });
      if (place.differs?.terminal === 'no') {
        await expect(opening).rejects.toMatchObject({ code: 'TERMINAL_UNAVAILABLE' });
        engine.cancel(keyOf(job));
        await job.done;
        return;
      }
      const terminal = await opening;
      let seen = '';
      terminal.onData((chunk) => {
        seen += Buffer.from(chunk).toString();
      });
      const ended = new Promise<void>((resolve) => terminal.onExit(resolve));
      terminal.write('echo sum $((20+22)); touch typed; exit\n');
      await Promise.all([ended, job.done]);
      expect(seen).toContain('sum 42');
      expect(job).toMatchObject({ state: 'success' });
    },
    says: ({ terminal }) => terminal ?? 'yes',
  },
];

/** One after the other, when nothing else runs. */
export const alone: readonly Behaviour[] = [
  {
    name: 'Local cache',
    async check({ run, place }) {
      const cache = [{ key: 'deps', paths: ['deps/'], policy: 'pull-push', when: 'on_success' }];
      const look = 'cat deps/f 2>/dev/null || echo nothing yet; mkdir -p deps; printf "kept\\n" > deps/f';
      const first = await run({ script: [look], cache });
      expect(first.trace).toContain('\nnothing yet\n');
      const second = await run({ script: [look], cache });
      expect(second).toMatchObject({ state: 'success' });
      const lost = place.differs?.cache === 'lost';
      expect(second.trace).toContain(lost ? '\nnothing yet\n' : '\nkept\n');
    },
    says: ({ cache }) => (cache === 'lost' ? 'goes with the machine' : 'yes'),
  },
  {
    name: 'Killed (SIGKILL) and started again: the job is reported, nothing is left',
    check: endByCrash,
  },
  {
    name: 'Close twice, nothing left',
    async check({ stop, closings, leftovers, coordinator }) {
      await stop();
      expect(closings.length).toBeGreaterThan(0);
      expect(closings.filter(({ error }) => error !== undefined)).toEqual([]);
      await until(async () => (await leftovers()).length === 0);
      expect(coordinator.problems).toEqual([]);
    },
  },
];

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { parsePayload } from '../../../src-shared/payload.ts';
import { itWith } from '../../../test/support/require.ts';
import { systemClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/logger.ts';
import { findShell } from '../../shells/index.ts';
import { createShellExecutor } from './index.ts';
import { loadNodePty } from './node-pty.ts';

vi.mock('node-pty', () => {
  throw new Error('no binary for this system');
});

it('a native module that is missing is no failure', async () => {
  expect(await loadNodePty()).toBeUndefined();
});

itWith(
  ['bash', 'posix'],
  'without it a job that wants a terminal runs over pipes and says so once; a terminal is refused',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'no-terminal-'));
    const said: string[] = [];
    const say = (text: string): void => void said.push(text);
    const parsed = parsePayload({ id: 7, token: 't' });
    if (!parsed.ok) throw new Error('payload');
    const environment = await createShellExecutor({
      clock: systemClock,
      env: { PATH: process.env['PATH'], HOME: folder },
    }).prepare({
      job: parsed.payload,
      runner: { executor: 'shell', harrier: { pty: true } },
      variables: [],
      directories: { builds: folder, cache: folder, project: folder, temporary: folder },
      shell: findShell('bash', process.platform),
      log: { plain: () => {}, info: say, warning: say, error: say, raw: say },
      appLog: silentLogger,
      clock: systemClock,
      signal: new AbortController().signal,
      slot: { runnerId: 0, projectRunnerId: 0 },
      systemId: 's',
      shortToken: 't',
      jobFolder: folder,
      onHandle: async () => {},
    });
    try {
      let out = '';
      const run = (script: string) =>
        environment.run(script, {
          stage: 'step_script',
          where: 'build',
          signal: new AbortController().signal,
          onOutput: (_stream, chunk) => void (out += Buffer.from(chunk).toString()),
        });
      expect(await run('[ -t 1 ] || echo pipes')).toEqual({ code: 0 });
      expect(await run('exit 3')).toEqual({ code: 3 });
      expect(out).toBe('pipes\n');
      expect(said).toEqual([
        'pty = true: there is no terminal for jobs on this machine (node-pty); the job runs without one',
      ]);
      await expect(environment.terminal?.({ columns: 80, rows: 24 })).rejects.toMatchObject({
        code: 'TERMINAL_UNAVAILABLE',
        message: 'the native module node-pty is missing on this machine',
      });
    } finally {
      await environment.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
);

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { type Env, inheritedEnv } from '../shell/inherited.ts';
import { runProcess } from '../shell/process.ts';
import type { MachineSettings } from './settings.ts';

/** `docker-machine`, command by command (spec/executors.md 7.1). Each throws with the tool's own words. */
export interface MachineTool {
  /** Names of all machines of this user. */
  list(): Promise<string[]>;
  create(name: string, settings: MachineSettings): Promise<void>;
  exists(name: string): Promise<boolean>;
  /** Throws when its engine does not answer. */
  reach(name: string): Promise<void>;
  /** Address of its engine, and the folder with ca.pem, cert.pem and key.pem. */
  credentials(name: string): Promise<{ readonly url: string; readonly certPath: string }>;
  stop(name: string): Promise<void>;
  remove(name: string, options?: { readonly force: boolean }): Promise<void>;
}

const longMs = 3_600_000;
const stopMs = 60_000;
/** A call that was told to end has this long. */
const graceMs = 10_000;
const certPathFormat = '{{.HostOptions.AuthOptions.StorePath}}';

/** `ending`: when it is aborted, whatever is under way ends. */
export const createMachineTool = ({
  clock,
  env,
  ending,
}: {
  readonly clock: Clock;
  readonly env: Env;
  readonly ending: AbortSignal;
}): MachineTool => {
  const storage = env['MACHINE_STORAGE_PATH'] || join(env['HOME'] ?? env['USERPROFILE'] ?? '', '.docker', 'machine');
  const machines = join(storage, 'machines');
  const bugsnag = env['MACHINE_BUGSNAG_API_TOKEN'] || 'no-report';

  const call = async (limitMs: number, ...args: readonly string[]): Promise<string> => {
    const limit = new AbortController();
    const [name = ''] = args;
    const cancel = clock.after(limitMs, () =>
      limit.abort(new Error(`docker-machine ${name} did not end within ${limitMs / 1000} s`)),
    );
    const signal = AbortSignal.any([limit.signal, ending]);
    const said = { stdout: '', stderr: '' };
    try {
      signal.throwIfAborted();
      const exit = await runProcess(
        ['docker-machine', `--bugsnag-api-token=${bugsnag}`, ...args],
        { env: inheritedEnv(env, true), cwd: process.cwd(), clock, graceMs },
        { signal, onOutput: (stream, chunk) => void (said[stream] += Buffer.from(chunk).toString()) },
      );
      signal.throwIfAborted();
      if (exit.code === 0) return said.stdout.trim();
      throw new Error(`docker-machine ${name}: ${said.stderr.trim() || `exit status ${exit.code ?? exit.signal}`}`);
    } finally {
      cancel();
    }
  };

  return {
    async list() {
      if (!existsSync(machines)) return [];
      const entries = await readdir(machines, { withFileTypes: true });
      return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
    },
    async create(name, { driver, options, optionsWithName }) {
      const named = optionsWithName.map((option) => option.replaceAll('%s', name));
      await call(longMs, 'create', '--driver', driver, ...[...options, ...named].map((each) => `--${each}`), name);
    },
    async exists(name) {
      if (!existsSync(join(machines, name, 'config.json'))) return false;
      return call(longMs, 'inspect', name).then(
        () => true,
        () => false,
      );
    },
    reach: async (name) => void (await call(longMs, 'config', name)),
    credentials: async (name) => ({
      url: await call(longMs, 'url', name),
      certPath: await call(longMs, 'inspect', name, '-f', certPathFormat),
    }),
    stop: async (name) => void (await call(stopMs, 'stop', name)),
    remove: async (name, { force } = { force: false }) => void (await call(longMs, 'rm', force ? '-f' : '-y', name)),
  };
};

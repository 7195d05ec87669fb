import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { describe, it } from 'vitest';
import { systemClock } from '../../src-main/base/clock.ts';
import { createJobGroup } from '../../src-main/executors/shell/job-group.ts';
import { tryLimit } from './limits.ts';

/**
 * Tools that not every machine has. A test that needs one asks here, is skipped with the reason where it is missing,
 * and fails instead where HARRIER_REQUIRE (comma list of names, or `all`) says that it must be there.
 */
export interface Tool {
  readonly name: string;
  readonly available: boolean;
  /** Why it cannot be used; empty when it can. */
  readonly reason: string;
  /** The program, when it is one. */
  readonly path?: string;
}

type Probe = (name: string) => Omit<Tool, 'name'>;

/** What a name needs beyond a program of that name in PATH. */
const probes: Readonly<Record<string, Probe>> = {
  docker: () => {
    const client = program('docker');
    if (!client.available) return client;
    const asked = spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], {
      timeout: 10_000,
      encoding: 'utf8',
    });
    if (asked.status === 0) return client;
    return { available: false, reason: `no Docker engine answers: ${asked.stderr.trim().split('\n').at(-1) ?? ''}` };
  },
  chromium: () => {
    const set = process.env['CHROMIUM_PATH'];
    if (set !== undefined && existsSync(set)) return { available: true, reason: '', path: set };
    return firstOf(['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']);
  },
  sshd: () => {
    // Distributions keep it out of an ordinary user's PATH.
    for (const path of ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/sbin/sshd'])
      if (existsSync(path)) return { available: true, reason: '', path };
    return program('sshd');
  },
  /** Electron's own binary, which its package fetches from elsewhere. */
  electron: () => {
    const path = resolve(import.meta.dirname, '../../node_modules/electron/dist/electron');
    return existsSync(path) ? { available: true, reason: '', path } : missing('no Electron binary was fetched');
  },
  python3: () => firstOf(['python3', 'python']),
  /** Anything that speaks for an X display: a running one, or Xvfb. */
  display: () => (process.env['DISPLAY'] ? { available: true, reason: '' } : firstOf(['Xvfb'])),
  posix: () => (process.platform === 'win32' ? missing('not on Windows') : { available: true, reason: '' }),
  linux: () => (process.platform === 'linux' ? { available: true, reason: '' } : missing('on Linux only')),
  /** A file system of its own can be mounted. */
  smallDisk: () => limit('disk'),
  /** Jobs can have a cgroup of their own. */
  cgroup2: () => {
    const group = createJobGroup('probe');
    group?.end(systemClock);
    return group !== undefined ? { available: true, reason: '' } : missing('no cgroup v2 of our own to write to');
  },
  /** A cgroup that counts processes can be made. */
  pidsGroup: () => limit('pids'),
  root: () => (process.getuid?.() === 0 ? { available: true, reason: '' } : missing('needs root')),
};

const limit = (kind: 'disk' | 'pids'): Omit<Tool, 'name'> => {
  const reason = process.platform === 'linux' ? tryLimit(kind) : 'on Linux only';
  return reason === undefined ? { available: true, reason: '' } : missing(reason);
};

const known = new Map<string, Tool>();

/** Whether a tool can be used here. Names without a probe of their own are programs in PATH. */
export function tool(name: string): Tool {
  const earlier = known.get(name);
  if (earlier) return earlier;
  const probe = probes[name] ?? program;
  const found: Tool = { name, ...probe(name) };
  known.set(name, found);
  return found;
}

/** The names of HARRIER_REQUIRE: what must not be skipped on this machine. */
export const isRequired = (name: string): boolean =>
  (process.env['HARRIER_REQUIRE'] ?? '')
    .split(',')
    .map((part) => part.trim())
    .some((part) => part === 'all' || part === name);

/**
 * `describe` for tests that need one tool or several. Missing: skipped, the reason stands in the title; missing but
 * required: one failing test says so.
 */
export function describeWith(names: string | readonly string[], title: string, body: () => void): void {
  const lacking = lackingOf(names);
  if (lacking.length === 0) return void describe(title, body);
  const reason = reasonOf(lacking);
  if (!lacking.some(({ name }) => isRequired(name))) return void describe.skip(`${title} (skipped: ${reason})`, body);
  describe(title, () => {
    it(`needs ${lacking.map(({ name }) => name).join(', ')}`, () => {
      throw new Error(`HARRIER_REQUIRE asks for it, but ${reason}`);
    });
  });
}

/** The same for one test. */
export function itWith(names: string | readonly string[], title: string, body: () => void | Promise<void>): void {
  const lacking = lackingOf(names);
  if (lacking.length === 0) return void it(title, body);
  const reason = reasonOf(lacking);
  if (!lacking.some(({ name }) => isRequired(name))) return void it.skip(`${title} (skipped: ${reason})`, body);
  it(title, () => {
    throw new Error(`HARRIER_REQUIRE asks for it, but ${reason}`);
  });
}

const lackingOf = (names: string | readonly string[]): Tool[] =>
  (typeof names === 'string' ? [names] : names).map(tool).filter(({ available }) => !available);

const reasonOf = (tools: readonly Tool[]): string => tools.map(({ name, reason }) => `${name}: ${reason}`).join('; ');

const missing = (reason: string): Omit<Tool, 'name'> => ({ available: false, reason });

/** A program of this name in PATH (with PATHEXT on Windows). */
function program(name: string): Omit<Tool, 'name'> {
  const endings = process.platform === 'win32' ? (process.env['PATHEXT'] ?? '.EXE;.CMD;.BAT').split(';') : [''];
  for (const folder of (process.env['PATH'] ?? '').split(delimiter).filter(Boolean))
    for (const ending of endings) {
      const path = join(folder, name + ending);
      try {
        accessSync(path, constants.X_OK);
        return { available: true, reason: '', path };
      } catch {}
    }
  return missing(`no ${name} in PATH`);
}

function firstOf(names: readonly string[]): Omit<Tool, 'name'> {
  for (const name of names) {
    const found = program(name);
    if (found.available) return found;
  }
  return missing(`none of ${names.join(', ')} in PATH`);
}

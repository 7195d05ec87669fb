import type { RunnerConfig } from '../../src-shared/config-schema.ts';
import type { Health } from '../../src-shared/health.ts';
import type { Poller } from './poller.ts';

interface Part {
  readonly runner: RunnerConfig;
  readonly problem: { readonly message: string } | undefined;
  readonly poller: Poller | undefined;
}
type Link = Health['links'][number];

/** The worst that the entries of one address have met counts for it. */
const severity: readonly Link['state'][] = ['ok', 'waiting', 'refused', 'unreachable'];

/** The link to each coordinator, in the order of the config. */
export function linksOf(parts: Iterable<Part>): Link[] {
  const links = new Map<string, Link>();
  for (const { runner, poller } of parts) {
    const url = runner.url ?? '';
    if (url === '') continue;
    const link = linkOf(url, poller);
    const known = links.get(url);
    if (known === undefined || severity.indexOf(link.state) > severity.indexOf(known.state)) links.set(url, link);
  }
  return [...links.values()];
}

function linkOf(url: string, poller: Poller | undefined): Link {
  if (poller === undefined) return { url, state: 'waiting' };
  const { state, message } = poller.health;
  if (state === 'healthy') return { url, state: poller.lastContactMs === undefined ? 'waiting' : 'ok' };
  return { url, state, ...(message !== undefined ? { message } : {}) };
}

/** The executors that the config names. */
export function executorsOf(parts: Iterable<Part>): Health['executors'] {
  const executors = new Map<string, { name: string; runners: number; usable: number }>();
  for (const { runner, problem } of parts) {
    const name = runner.executor ?? '';
    if (name === '') continue;
    const known = executors.get(name) ?? { name, runners: 0, usable: 0 };
    known.runners += 1;
    if (problem === undefined) known.usable += 1;
    executors.set(name, known);
  }
  return [...executors.values()];
}

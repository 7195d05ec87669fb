import { connect } from 'node:net';
import type { Clock } from '../../../base/clock.ts';
import type { ContainerFacts, Engine } from '../engine/types.ts';
import type { RunningService } from './start.ts';

export interface HealthDeps {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Whether a port of the service answers, seen from where the job runs. */
  readonly probe: (address: string, port: number) => Promise<boolean>;
}
const shortPauseMs = 20;
const longestPauseMs = 500;
const inspectEveryMs = 250;
const mostPorts = 20;
const quickDeathMs = 150;

/**
 * Waits until a service can be used. Undefined: it can. Otherwise why not, at once when it is known: a service that has
 * ended is not waited for, nor one that exposes nothing and has no health check of its own.
 */
export async function waitForService(deps: HealthDeps, service: RunningService): Promise<string | undefined> {
  const { clock, engine, timeoutMs, signal } = deps;
  const deadline = clock.monotonic() + timeoutMs;
  const ports = portsOf(service.facts);
  let facts: ContainerFacts | undefined = service.facts;
  let inspected = clock.monotonic();
  let pauseMs = shortPauseMs;
  for (;;) {
    signal.throwIfAborted();
    const dead = deadReason(service, facts);
    if (dead !== undefined) return dead;
    if (facts?.health === 'healthy') return undefined;
    if (ports.length === 0 && !service.hasHealthcheck) {
      // Nothing to ask: only whether it dies at once can be seen.
      await clock.sleep(quickDeathMs, signal);
      const later = await engine.inspectContainer(service.id);
      return deadReason(service, later) ?? `service "${service.name}" has no exposed ports`;
    }
    if (ports.length > 0 && (await anyAnswers(deps, facts, ports))) return undefined;
    // The words of the official runner, whose checker has this name; what reads logs looks for them.
    if (clock.monotonic() >= deadline) return `service "${service.name}-wait-for-service" timeout`;
    await clock.sleep(Math.min(pauseMs, Math.max(0, deadline - clock.monotonic())), signal);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    if (clock.monotonic() - inspected >= inspectEveryMs || ports.length === 0) {
      facts = await engine.inspectContainer(service.id);
      inspected = clock.monotonic();
    }
  }
}

const deadReason = (service: RunningService, facts: ContainerFacts | undefined): string | undefined => {
  if (facts === undefined) return `service "${service.name}" was removed`;
  if (facts.status !== 'exited' && facts.status !== 'dead') return undefined;
  const memory = facts.oomKilled ? ' (out of memory)' : '';
  return `service "${service.name}" ended with exit code ${facts.exitCode}${memory}${facts.error ? `: ${facts.error}` : ''}`;
};

const anyAnswers = async (
  { probe }: HealthDeps,
  facts: ContainerFacts | undefined,
  ports: readonly number[],
): Promise<boolean> => {
  const pairs = (facts?.addresses ?? []).flatMap((address) => ports.map((port) => ({ address, port })));
  const answers = await Promise.all(pairs.map(({ address, port }) => probe(address, port)));
  return answers.includes(true);
};

/** HEALTHCHECK_TCP_PORT of the container, else its exposed TCP ports, the lowest twenty. */
export const portsOf = (facts: ContainerFacts): number[] => {
  const set = facts.env.find((pair) => /^HEALTHCHECK_TCP_PORT=/i.test(pair));
  const own = Number(set?.slice(set.indexOf('=') + 1));
  if (Number.isInteger(own) && own > 0) return [own];
  return facts.exposedPorts
    .filter((port) => !port.includes('/') || port.endsWith('/tcp'))
    .map((port) => Number.parseInt(port, 10))
    .sort((a, b) => a - b)
    .slice(0, mostPorts);
};

/** From this machine: where the engine's networks are ours too (Linux, not in a virtual machine, not rootless). */
export const probeFromHere =
  (timeoutMs: number) =>
  (address: string, port: number): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect({ host: address, port, timeout: timeoutMs });
      const settle = (answer: boolean) => () => {
        socket.destroy();
        resolve(answer);
      };
      socket.on('connect', settle(true));
      socket.on('error', settle(false));
      socket.on('timeout', settle(false));
    });

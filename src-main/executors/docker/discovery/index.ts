import { stat } from 'node:fs/promises';
import { HarrierError, messageOf } from '../../../../src-shared/errors.ts';
import type { Clock } from '../../../base/clock.ts';
import { openEngine } from '../engine/engine.ts';
import { type Engine, endpointText } from '../engine/types.ts';
import { fromContext } from './context.ts';
import { fromEnvironment } from './environment.ts';
import { fromKnownPlaces } from './known.ts';
import { fromPodman } from './podman.ts';
import { fromSetting } from './setting.ts';
import type { Candidate, DiscoveryContext, Strategy } from './types.ts';

export type { Candidate, DiscoveryContext } from './types.ts';

/** In this order; what a person has said (the first two) is taken alone, so that no other engine gets their jobs. */
export const chosen: readonly Strategy[] = [fromSetting, fromEnvironment];
export const searched: readonly Strategy[] = [fromContext, fromKnownPlaces, fromPodman];

export interface FoundEngine {
  readonly source: string;
  readonly engine: Engine;
  /** Those that were tried before and why they were passed over. */
  readonly passedOver: readonly Attempt[];
}
interface Attempt {
  readonly source: string;
  readonly address: string;
  readonly reason: string;
}
const answerWithinMs = 15_000;

/** The first engine that answers. Throws when none does, with every place and its reason. */
export async function findEngine(context: DiscoveryContext, deps: { readonly clock: Clock }): Promise<FoundEngine> {
  const passedOver: Attempt[] = [];
  for (const candidate of await candidatesOf(context)) {
    const answer = await tryCandidate(candidate, context, deps.clock);
    if (typeof answer !== 'string') return { source: candidate.source, engine: answer, passedOver };
    passedOver.push({ source: candidate.source, address: endpointText(candidate.endpoint), reason: answer });
  }
  throw new HarrierError('EXECUTOR_PREPARE', `no container engine answers. ${describe(passedOver)}`, {
    hint: 'Start Docker (or Podman, Colima, OrbStack, Rancher Desktop), or set `host` in [runners.docker].',
  });
}

export async function candidatesOf(context: DiscoveryContext): Promise<Candidate[]> {
  for (const strategy of chosen) {
    const found = await strategy(context);
    if (found.length > 0) return [...found];
  }
  const all = (await Promise.all(searched.map((strategy) => strategy(context)))).flat();
  return uniqueBy(all, ({ endpoint }) => endpointText(endpoint));
}

/** The first of each. */
export const uniqueBy = <T>(all: readonly T[], nameOf: (each: T) => string): T[] =>
  [...new Map([...all].reverse().map((each) => [nameOf(each), each])).values()].reverse();

export const tryCandidate = async (
  candidate: Candidate,
  { env, platform }: DiscoveryContext,
  clock: Clock,
): Promise<Engine | string> => {
  const { endpoint } = candidate;
  try {
    if (endpoint.kind === 'socket' && platform !== 'win32' && !(await stat(endpoint.path)).isSocket())
      return 'it is no socket';
    const version = env['DOCKER_API_VERSION'];
    const opening = openEngine(endpoint, version ? { apiVersion: version } : {});
    let cancel = (): void => {};
    const late = new Promise<never>((_, reject) => {
      cancel = clock.after(answerWithinMs, () => {
        opening.then(
          (engine) => engine.close(),
          () => {},
        );
        reject(new Error(`no answer within ${answerWithinMs / 1000} s`));
      });
    });
    const engine = await Promise.race([opening, late]).finally(() => cancel());
    if (['linux', 'windows', 'freebsd'].includes(engine.info.osType)) return engine;
    engine.close();
    return `unsupported os type: ${engine.info.osType}`;
  } catch (error) {
    return reasonOf(error);
  }
};

const reasonOf = (error: unknown): string => {
  const text = messageOf(error);
  if (/ENOENT/.test(text)) return 'there is nothing';
  if (/ECONNREFUSED/.test(text)) return 'nobody listens';
  if (/EACCES|EPERM/.test(text)) return 'permission denied';
  return text;
};

const describe = (attempts: readonly Attempt[]): string =>
  attempts.length === 0
    ? 'No place to look at is known.'
    : `Tried: ${attempts.map(({ source, address, reason }) => `${source} (${address}): ${reason}`).join('; ')}`;

import { messageOf } from '../../../../src-shared/errors.ts';
import type { Clock } from '../../../base/clock.ts';
import { type EngineInfo, endpointText } from '../engine/types.ts';
import { fromContext } from './context.ts';
import { fromEnvironment } from './environment.ts';
import { chosen, searched, tryCandidate, uniqueBy } from './index.ts';
import { fromSetting } from './setting.ts';
import type { Candidate, DiscoveryContext, Strategy } from './types.ts';

/** What decides where jobs go: `host` in the config, DOCKER_HOST, or the first place that answers. */
export type Rule = 'setting' | 'environment' | 'search';
export interface Try {
  readonly source: string;
  readonly address: string;
  /** Jobs go there. */
  readonly picked: boolean;
  /** Of an engine that answers. */
  readonly info?: EngineInfo;
  /** Of one that does not. */
  readonly reason?: string;
}

/** Every place that is known with its answer, and the one that jobs get; no connection stays open. */
export async function surveyEngines(
  context: DiscoveryContext,
  deps: { readonly clock: Clock },
): Promise<{ readonly rule: Rule; readonly tries: readonly Try[] }> {
  const asked = await Promise.all([...chosen, ...searched].map((strategy) => candidatesOrReason(strategy, context)));
  const rule = (['setting', 'environment'] as const).find((_, index) => (asked[index] ?? []).length > 0) ?? 'search';
  const eligible = rule === 'search' ? asked.slice(chosen.length).flat() : (asked[rule === 'setting' ? 0 : 1] ?? []);
  const all = uniqueBy(asked.flat(), addressOf);
  const answers = await Promise.all(
    all.map(async (each) => (isCandidate(each) ? tryCandidate(each, context, deps.clock) : each.reason)),
  );
  const answering = new Set(all.filter((_, index) => typeof answers[index] === 'object').map(addressOf));
  const picked = eligible.map(addressOf).find((address) => answering.has(address));
  const tries = all.map((each, index): Try => {
    const answer = answers[index];
    const place = { source: each.source, address: addressOf(each), picked: addressOf(each) === picked };
    if (typeof answer !== 'object') return { ...place, reason: answer ?? '' };
    answer.close();
    return { ...place, info: answer.info };
  });
  return { rule, tries };
}

/** What a person has set wrongly is told as the answer of its place. */
const candidatesOrReason = async (
  strategy: Strategy,
  context: DiscoveryContext,
): Promise<readonly (Candidate | Refused)[]> => {
  try {
    return await strategy(context);
  } catch (error) {
    return [{ source: sourceNames.get(strategy) ?? '', address: '', reason: messageOf(error) }];
  }
};
const sourceNames = new Map<Strategy, string>([
  [fromSetting, 'host in config.toml'],
  [fromEnvironment, 'DOCKER_HOST'],
  [fromContext, 'Docker context'],
]);
/** What a person has set and no engine can be at. */
interface Refused {
  readonly source: string;
  readonly address: '';
  readonly reason: string;
}
const isCandidate = (each: Candidate | Refused): each is Candidate => 'endpoint' in each;
const addressOf = (each: Candidate | Refused): string =>
  isCandidate(each) ? endpointText(each.endpoint) : each.address;

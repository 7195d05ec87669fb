import { featureFlags as flagDefaults } from '../../../src-shared/config/feature-flags.ts';
import { parseBool } from '../../../src-shared/parse-bool.ts';

/** Every flag with its default. All of them are exported to the job. */
export { flagDefaults };

export const isFlag = (key: string): boolean => Object.hasOwn(flagDefaults, key);

export interface Flags {
  readonly values: ReadonlyMap<string, boolean>;
  /** One sentence for each value that is no boolean; such a flag keeps its default. */
  readonly problems: readonly string[];
}

/** Resolves all flags: `[runners.feature_flags]` before a variable before the default. An empty variable says nothing. */
export const resolveFlags = (
  configured: Readonly<Record<string, boolean>>,
  variable: (key: string) => string | undefined,
): Flags => {
  const problems: string[] = [];
  const values = new Map<string, boolean>();
  for (const [name, standard] of Object.entries(flagDefaults)) {
    const text = variable(name) ?? '';
    const parsed = text === '' ? standard : parseBool(text);
    if (parsed === undefined) problems.push(`${name}: could not parse feature flag, expected bool, got ${text}`);
    values.set(name, configured[name] ?? parsed ?? standard);
  }
  return { values, problems };
};

/** `FF_A:true, FF_B:false`: those that differ from their default, in the order of the table. Empty: none. */
export const describeFlags = ({ values }: Flags): string =>
  Object.entries(flagDefaults)
    .filter(([name, standard]) => values.get(name) !== standard)
    .map(([name]) => `${name}:${values.get(name)}`)
    .join(', ');

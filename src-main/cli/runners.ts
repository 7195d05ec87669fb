import type { Config, RunnerConfig } from '../../src-shared/config-schema.ts';
import { HarrierError } from '../../src-shared/errors.ts';
import type { Parsed } from '../base/flags.ts';
import { loadConfig } from '../config/index.ts';

/** One entry of the file: its number and its keys, address and token expanded. */
export interface Chosen {
  readonly index: number;
  readonly runner: RunnerConfig;
  /** The file that it stands in. */
  readonly config: Config;
}

/**
 * The entries that `--name`, `--url` and `--token` mean: all that fit all of them. Without any of the three, `standard`
 * says whether all or none are meant. Throws RUNNER_UNKNOWN when nothing fits.
 */
export async function chooseRunners(path: string, input: Parsed, standard: 'all' | 'refuse'): Promise<Chosen[]> {
  const { config } = await loadConfig(path, process.env);
  const [name, url, token] = [input.text('name'), input.text('url'), input.text('token')];
  const asked = name !== undefined || url !== undefined || token !== undefined;
  if (!asked && standard === 'refuse')
    throw new HarrierError('INPUT_INVALID', 'say which runner: --name, --url and --token, or --all-runners');
  const chosen = (config.runners ?? [])
    .map((runner, index) => ({ runner, index, config }))
    .filter(
      ({ runner }) =>
        (name === undefined || runner.name === name) &&
        (url === undefined || trimmed(runner.url) === trimmed(url)) &&
        (token === undefined || runner.token === token),
    );
  if (asked && chosen.length === 0) throw new HarrierError('RUNNER_UNKNOWN', `no such runner in ${path}`);
  return chosen;
}

const trimmed = (url: string | undefined): string => (url ?? '').replace(/\/+$/, '');

/** What of a token may be shown. */
export const tokenTail = (token: string | undefined): string =>
  token === undefined || token === '' ? 'none' : `…${token.length > 8 ? token.slice(-4) : ''}`;

/** How a runner is named in the log. */
export const fieldsOf = ({ runner }: Chosen): { runner: string; url: string } => ({
  runner: runner.name || `#${runner.id ?? 0}`,
  url: runner.url ?? '',
});

import { harrierLabel } from './containers/labels.ts';
import { type Engine, EngineError } from './engine/types.ts';
import type { Resources } from './resources.ts';
import type { DockerSettings } from './settings.ts';

export interface JobNetwork {
  /** As HostConfig has it; empty: the engine's default. */
  readonly mode: string;
  /** Set when the network was made for this job. */
  readonly id?: string;
}

/** `network_mode` as it is, else a network of the job's own with FF_NETWORK_PER_BUILD, else the engine's default. */
export async function prepareNetwork(
  engine: Engine,
  settings: DockerSettings,
  options: {
    readonly perBuild: boolean;
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly resources: Resources;
  },
): Promise<JobNetwork> {
  if (settings.network_mode) return { mode: settings.network_mode };
  if (!options.perBuild) return { mode: '' };
  const create = () =>
    engine.createNetwork({
      name: options.name,
      labels: options.labels,
      ipv6: settings.enable_ipv6,
      ...(settings.network_mtu ? { mtu: settings.network_mtu } : {}),
    });
  const id = await create().catch(async (error: unknown) => {
    if (!(error instanceof EngineError) || error.status !== 409) throw error;
    if (!(await removeLeft(engine, options.name))) throw error;
    return create();
  });
  options.resources.addNetwork(id);
  return { mode: options.name, id };
}

/** A network of this very job that a Harrier before us has left, and that nobody is in. */
const removeLeft = async (engine: Engine, name: string): Promise<boolean> => {
  const left = (await engine.list('network', [harrierLabel])).find((each) => each.name === name);
  if (left === undefined || (await engine.networkMembers(left.id)).length > 0) return false;
  await engine.removeNetwork(left.id);
  return true;
};

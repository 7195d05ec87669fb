import { messageOf } from '../../../../src-shared/errors.ts';
import type { Clock } from '../../../base/clock.ts';
import { serviceHostConfig } from '../containers/host-config.ts';
import type { LabelType } from '../containers/labels.ts';
import type { Names } from '../containers/names.ts';
import type { ContainerFacts, Engine } from '../engine/types.ts';
import type { ResolvedImage } from '../images/resolve.ts';
import type { DockerSettings } from '../settings.ts';
import type { ServiceDefinition } from './definition.ts';

export interface RunningService extends ServiceDefinition {
  readonly id: string;
  readonly name: string;
  readonly hasHealthcheck: boolean;
  /** As it was right after its start. */
  readonly facts: ContainerFacts;
}
export interface ServiceDeps {
  readonly engine: Engine;
  readonly settings: DockerSettings;
  readonly names: Names;
  readonly clock: Clock;
  readonly binds: readonly string[];
  readonly network: { readonly mode: string; readonly id?: string };
  readonly init: boolean;
  readonly cgroupParent: string | undefined;
  readonly labels: (type: LabelType, more?: Record<string, string>) => Record<string, string>;
  readonly extraLabels: Readonly<Record<string, string>>;
  readonly onContainer: (id: string) => Promise<void>;
}
const startPollMs = 50;
const shortestStartMs = 30_000;

/** Creates and starts one service; answers once it has left the state `created`. */
export async function startService(
  deps: ServiceDeps,
  service: ServiceDefinition,
  { image, index }: { readonly image: ResolvedImage; readonly index: number },
): Promise<RunningService> {
  const { engine, settings, names, network } = deps;
  const name = names.service(service.service, index);
  const ownNetwork = network.id !== undefined || isUserDefined(network.mode);
  const labels = { service: service.service, 'service.version': service.version };
  const id = await engine.createContainer(
    name,
    {
      Image: image.reference,
      Env: service.env,
      ...(service.command.length > 0 ? { Cmd: service.command } : {}),
      ...(service.entrypoint !== undefined ? { Entrypoint: service.entrypoint } : {}),
      ...(service.user ? { User: service.user } : {}),
      Labels: { ...deps.extraLabels, ...deps.labels('service', labels) },
      HostConfig: serviceHostConfig({
        settings,
        image: service.image,
        networkMode: network.mode,
        binds: deps.binds,
        init: deps.init,
        ...(deps.cgroupParent !== undefined ? { cgroupParent: deps.cgroupParent } : {}),
      }),
      ...(ownNetwork
        ? { NetworkingConfig: { EndpointsConfig: { [network.mode]: { Aliases: service.aliases } } } }
        : {}),
    },
    service.platform,
  );
  await deps.onContainer(id);
  await engine.startContainer(id);
  return { ...service, id, name, hasHealthcheck: image.hasHealthcheck, facts: await started(deps, id, name) };
}

const started = async ({ engine, clock, settings }: ServiceDeps, id: string, name: string): Promise<ContainerFacts> => {
  const limitMs = Math.max((settings.wait_for_services_timeout ?? 0) * 1000, shortestStartMs);
  const deadline = clock.monotonic() + limitMs;
  for (;;) {
    const facts = await engine.inspectContainer(id);
    if (facts === undefined) throw new Error(`service ${name} was removed while it started`);
    if (facts.status !== 'created') return facts;
    if (clock.monotonic() > deadline) throw new Error(`service failed to start after ${limitMs / 1000}s`);
    await clock.sleep(startPollMs);
  }
};

/** Aliases exist on networks that somebody made, not on the engine's own. */
export const isUserDefined = (mode: string): boolean =>
  !['', 'default', 'bridge', 'host', 'none', 'nat'].includes(mode) && !mode.startsWith('container:');

/** `alias:address` lines for those who cannot ask the network for names, the short id included. */
export const hostsOf = (services: readonly RunningService[]): string[] =>
  services.flatMap(({ aliases, id, facts }) =>
    facts.addresses.flatMap((address) => [...aliases, id.slice(0, 12)].map((name) => `${name}:${address}`)),
  );

export const startProblem = (error: unknown): string => `start service container: ${messageOf(error)}`;

import type { PrepareRequest } from '../../types.ts';
import type { ContainerSpec } from '../engine/types.ts';
import type { JobNetwork } from '../network.ts';
import { isUserDefined } from '../services/index.ts';
import { configurationError, type DockerSettings } from '../settings.ts';
import { buildHostConfig } from './host-config.ts';

export interface SpecInput {
  readonly role: 'build' | 'helper';
  readonly settings: DockerSettings;
  readonly name: string;
  readonly hostname: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: { readonly reference: string; readonly written: string };
  /** Absent: the image's own. */
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly user?: string;
  readonly env: readonly string[];
  readonly network: JobNetwork;
  /** The helper lives in the build container's network: one network less to set up, a third of a start. */
  readonly joins?: string;
  readonly binds: readonly string[];
  readonly extraHosts: readonly string[];
  readonly init: boolean;
  readonly cgroupParent?: string;
  readonly apiVersion: string;
}
/** Engines before this take the address at the container, later ones at its network. */
const endpointAddressSince = 1.44;

/** The build or helper container of a job: waits for scripts on its stdin. */
export function containerSpec(input: SpecInput): ContainerSpec {
  const { settings, network, joins } = input;
  const mode = joins === undefined ? network.mode : `container:${joins}`;
  const host = buildHostConfig(
    {
      settings,
      image: input.image.written,
      networkMode: mode,
      binds: input.binds,
      extraHosts: input.extraHosts,
      init: input.init,
      ...(input.cgroupParent !== undefined ? { cgroupParent: input.cgroupParent } : {}),
    },
    input.role,
  );
  const own = joins === undefined && !mode.startsWith('container:');
  // These belong to the network, hence to the container whose network it is; the engine refuses them elsewhere.
  if (!own) for (const key of ['ExtraHosts', 'Dns', 'DnsSearch', 'Links']) delete host[key];
  const mac = own ? macAddress(settings.mac_address) : undefined;
  const atEndpoint = mac !== undefined && Number(input.apiVersion) >= endpointAddressSince;
  const endpoint = {
    ...(own && (network.id !== undefined || isUserDefined(mode)) ? { Aliases: ['build', input.name] } : {}),
    ...(atEndpoint ? { MacAddress: mac } : {}),
  };
  return {
    Image: input.image.reference,
    ...(own && mode !== 'host' ? { Hostname: input.hostname } : {}),
    ...(input.user ? { User: input.user } : {}),
    Env: input.env,
    ...(input.command !== undefined ? { Cmd: input.command } : {}),
    ...(input.entrypoint !== undefined ? { Entrypoint: input.entrypoint } : {}),
    Labels: input.labels,
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    ...(mac !== undefined && !atEndpoint ? { MacAddress: mac } : {}),
    HostConfig: host,
    ...(Object.keys(endpoint).length > 0
      ? { NetworkingConfig: { EndpointsConfig: { [mode || 'default']: endpoint } } }
      : {}),
  };
}

const macAddress = (text: string | undefined): string | undefined => {
  if (!text) return undefined;
  if (/^(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(text)) return text;
  throw configurationError(`invalid MAC address "${text}"`);
};

/** All variables of the job, so that entrypoints and terminals see them; a file variable is the path of its file. */
export const containerEnv = ({ variables, directories }: PrepareRequest): string[] =>
  variables
    .filter(({ key }) => key !== '' && !key.includes('='))
    .map(({ key, value, file }) => `${key}=${file ? `${directories.temporary}/${key}` : value}`);

import type { Duplex, Readable } from 'node:stream';

/** How an engine is reached. Sockets and pipes are paths; `ssh` runs `docker system dial-stdio` on the far side. */
export type Endpoint =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls?: TlsFiles }
  | { readonly kind: 'ssh'; readonly target: string; readonly port?: number };

/** Contents of the files, not their paths. Without `ca` the system's authorities count. */
export interface TlsFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly verify: boolean;
}

/** As people write it: `unix:///var/run/docker.sock`, `tcp://10.0.0.1:2376`, `ssh://me@host`. */
export const endpointText = (endpoint: Endpoint): string => {
  switch (endpoint.kind) {
    case 'socket':
      return endpoint.path.startsWith('\\\\') || endpoint.path.startsWith('//./')
        ? `npipe://${endpoint.path.replaceAll('\\', '/')}`
        : `unix://${endpoint.path}`;
    case 'tcp':
      return `tcp://${endpoint.host}:${endpoint.port}`;
    case 'ssh':
      return `ssh://${endpoint.target}${endpoint.port === undefined ? '' : `:${endpoint.port}`}`;
  }
};

export interface EngineInfo {
  readonly osType: string;
  /** As the engine's kernel says it: `x86_64`, `aarch64`. */
  readonly architecture: string;
  readonly kernelVersion: string;
  readonly serverVersion: string;
  readonly apiVersion: string;
  readonly name: string;
  readonly operatingSystem: string;
  readonly rootless: boolean;
  readonly podman: boolean;
}

export interface ImageFacts {
  readonly id: string;
  /** `name@sha256:…`, as the registry knows it; empty for images that were never pulled. */
  readonly digests: readonly string[];
  readonly entrypoint: readonly string[];
  readonly user: string;
  readonly exposedPorts: readonly string[];
  readonly hasHealthcheck: boolean;
  readonly os: string;
  readonly architecture: string;
}

/** The part of the Engine API's container object that Harrier sets; names are the API's. */
export interface ContainerSpec {
  readonly Image: string;
  readonly Hostname?: string;
  readonly User?: string;
  readonly Env?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
  readonly OpenStdin?: boolean;
  readonly StdinOnce?: boolean;
  readonly AttachStdin?: boolean;
  readonly AttachStdout?: boolean;
  readonly AttachStderr?: boolean;
  readonly Tty?: boolean;
  readonly MacAddress?: string;
  readonly HostConfig: Readonly<Record<string, unknown>>;
  readonly NetworkingConfig?: {
    readonly EndpointsConfig: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
}

export interface ContainerFacts {
  readonly id: string;
  readonly name: string;
  /** `created`, `running`, `exited`, … */
  readonly status: string;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** The engine's own words when it could not start or run the container. */
  readonly error: string;
  readonly health: string | undefined;
  readonly addresses: readonly string[];
  readonly exposedPorts: readonly string[];
  readonly env: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

export interface ExecSpec {
  readonly command: readonly string[];
  readonly stdin?: boolean;
  readonly tty?: boolean;
  readonly user?: string;
  readonly env?: readonly string[];
  readonly workingDir?: string;
}
export interface ExecSession {
  /** Raw for `tty`, in frames otherwise (see frames.ts). Ending it closes stdin only. */
  readonly stream: Duplex;
  resize(columns: number, rows: number): Promise<void>;
  exitCode(): Promise<number | null>;
}

export interface PullProgress {
  readonly status: string;
  readonly layer?: string;
  readonly current?: number;
  readonly total?: number;
}
export interface RegistryAuth {
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly serveraddress?: string;
}

export interface FileStat {
  readonly name: string;
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  readonly kind: 'file' | 'directory' | 'symlink' | 'other';
  readonly mtimeMs: number;
}

export interface Listed {
  readonly kind: 'container' | 'network' | 'volume';
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdMs?: number;
  /** Containers: `created`, `running`, `exited`, … */
  readonly state?: string;
  readonly sizeBytes?: number;
  /** Volumes, with sizes only: a container has it mounted. */
  readonly inUse?: boolean;
}

/** A container engine (Docker, Podman's Docker API). Failures are `EngineError`s with the engine's own words. */
export interface Engine {
  readonly endpoint: Endpoint;
  readonly info: EngineInfo;
  inspectImage(reference: string): Promise<ImageFacts | undefined>;
  pullImage(
    reference: string,
    options: {
      readonly platform?: string;
      readonly auth?: RegistryAuth;
      readonly signal?: AbortSignal;
      readonly onProgress?: (progress: PullProgress) => void;
    },
  ): Promise<void>;
  createVolume(options: {
    readonly name: string;
    readonly driver?: string;
    readonly driverOptions?: Readonly<Record<string, string>>;
    readonly labels: Readonly<Record<string, string>>;
  }): Promise<void>;
  removeVolume(name: string): Promise<void>;
  createNetwork(options: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly ipv6?: boolean;
    readonly mtu?: number;
  }): Promise<string>;
  removeNetwork(id: string): Promise<void>;
  /** Ids of the containers that are still attached. */
  networkMembers(id: string): Promise<readonly string[]>;
  createContainer(name: string, spec: ContainerSpec, platform?: string): Promise<string>;
  /** Hijacked stdin, stdout and stderr; before `startContainer`, so that no byte is missed. */
  attach(id: string): Promise<Duplex>;
  startContainer(id: string): Promise<void>;
  /** Undefined when there is no such container. */
  inspectContainer(id: string): Promise<ContainerFacts | undefined>;
  /** Settles when it does not run any more; answers its exit code, undefined when it is gone. */
  waitContainer(id: string): Promise<number | undefined>;
  renameContainer(id: string, name: string): Promise<void>;
  killContainer(id: string, signal: string): Promise<void>;
  stopContainer(id: string, graceSeconds: number): Promise<void>;
  /** By force; not an error when there is none. */
  removeContainer(id: string, options?: { readonly volumes?: boolean }): Promise<void>;
  exec(id: string, spec: ExecSpec): Promise<ExecSession>;
  /** The last `limitBytes` of both streams, each line with its time. */
  logs(id: string, options: { readonly timestamps: boolean; readonly limitBytes: number }): Promise<string>;
  followLogs(id: string, options: { readonly timestamps: boolean }): Promise<Readable>;
  statPath(id: string, path: string): Promise<FileStat | undefined>;
  /** A tar of one path, recursive. */
  getArchive(id: string, path: string): Promise<Readable | undefined>;
  putArchive(id: string, path: string, tar: Readable, signal?: AbortSignal): Promise<void>;
  /** Everything that bears all these labels (`key` or `key=value`); sizes take the engine a while. */
  list(
    kind: Listed['kind'],
    labels: readonly string[],
    options?: { readonly sizes?: boolean },
  ): Promise<readonly Listed[]>;
  ping(): Promise<void>;
  close(): void;
}

/** What the engine (or the way to it) answered. `status` is the HTTP code; undefined: nobody answered. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly status: number | undefined;
  constructor(status: number | undefined, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

import { Duplex, Readable } from 'node:stream';
import type Docker from 'dockerode';
import { createAgent } from './dial.ts';
import { readContainer, readImage, readInfo, readPathStat } from './facts.ts';
import { openFrames, textOf } from './frames.ts';
import { readLists } from './lists.ts';
import { followPull } from './pull-stream.ts';
import { type Endpoint, type Engine, EngineError, type ExecSession, type RegistryAuth } from './types.ts';

interface Call {
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly auth?: RegistryAuth;
  readonly upload?: Readable;
  readonly hijack?: boolean;
  readonly stream?: boolean;
  readonly signal?: AbortSignal;
}
type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';

const exitPolls = 200;
/** Any status but these is an error; the engine's message says which. */
const success = { 101: true, 200: true, 201: true, 204: true, 304: true };

/**
 * Connects to an engine: the only file that knows dockerode, which is loaded when the first Docker job comes.
 * Throws when nobody answers there. `apiVersion`: DOCKER_API_VERSION; otherwise what the engine speaks.
 */
export async function openEngine(endpoint: Endpoint, options: { readonly apiVersion?: string } = {}): Promise<Engine> {
  const { default: DockerClient } = await import('dockerode');
  const agent = createAgent(endpoint);
  const { modem } = connect(DockerClient, endpoint);
  Object.assign(modem, { agent });
  let prefix = options.apiVersion === undefined ? '' : `/v${options.apiVersion.replace(/^v/, '')}`;

  const call = (method: Method, path: string, { query, body, auth, upload, hijack, stream, signal }: Call = {}) =>
    new Promise<unknown>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const request = {
        path: prefix + path + (query === undefined ? '' : '?'),
        method,
        statusCodes: success,
        // Both always: without one of them dockerode would put the other in its place.
        options: { _query: query ?? {}, _body: body ?? {} },
        ...(body !== undefined ? { allowEmpty: true } : {}),
        ...(auth !== undefined ? { authconfig: { ...auth } } : {}),
        ...(upload !== undefined ? { file: upload } : {}),
        ...(hijack ? { hijack: true, openStdin: true } : {}),
        ...(hijack || stream ? { isStream: true } : {}),
        ...(signal !== undefined ? { abortSignal: signal } : {}),
      };
      modem.dial(request, (error: unknown, answer: unknown) => {
        if (!error) return resolve(answer);
        reject(signal?.aborted ? signal.reason : engineError(error));
      });
    });
  const orNone = async <T>(asked: Promise<T>): Promise<T | undefined> => {
    try {
      return await asked;
    } catch (error) {
      if (error instanceof EngineError && error.status === 404) return undefined;
      throw error;
    }
  };
  const id = encodeURIComponent;

  const version = await call('GET', '/version');
  const info = readInfo(await call('GET', '/info'), version);
  if (prefix === '' && /^\d+\.\d+$/.test(info.apiVersion)) prefix = `/v${info.apiVersion}`;

  const exec = async (container: string, spec: Parameters<Engine['exec']>[1]): Promise<ExecSession> => {
    const created = await call('POST', `/containers/${id(container)}/exec`, {
      body: {
        Cmd: spec.command,
        AttachStdin: spec.stdin === true,
        AttachStdout: true,
        AttachStderr: true,
        Tty: spec.tty === true,
        ...(spec.user !== undefined ? { User: spec.user } : {}),
        ...(spec.env !== undefined ? { Env: spec.env } : {}),
        ...(spec.workingDir !== undefined ? { WorkingDir: spec.workingDir } : {}),
      },
    });
    const execId = textOf(created, 'Id');
    const stream = asDuplex(
      await call('POST', `/exec/${execId}/start`, { body: { Detach: false, Tty: spec.tty === true }, hijack: true }),
    );
    return {
      stream,
      async resize(columns, rows) {
        await call('POST', `/exec/${execId}/resize`, { query: { w: columns, h: rows } });
      },
      async exitCode() {
        // The connection may end a moment before the engine has noted the code.
        for (let asked = 0; asked < exitPolls; asked += 1) {
          const state = await call('GET', `/exec/${execId}/json`);
          const code = typeof state === 'object' && state !== null && 'ExitCode' in state ? state.ExitCode : null;
          if (typeof code === 'number') return code;
        }
        return null;
      },
    };
  };

  return {
    endpoint,
    info,
    async inspectImage(reference) {
      const answer = await orNone(call('GET', `/images/${encodeURI(reference)}/json`));
      return answer === undefined ? undefined : readImage(answer);
    },
    async pullImage(reference, { platform, auth, signal, onProgress }) {
      const query = { fromImage: reference, ...(platform ? { platform } : {}) };
      const more = { ...(auth !== undefined ? { auth } : {}), ...(signal !== undefined ? { signal } : {}) };
      await followPull(asReadable(await call('POST', '/images/create', { query, stream: true, ...more })), onProgress);
    },
    async createVolume({ name, driver, driverOptions, labels }) {
      const driven = { ...(driver ? { Driver: driver } : {}), ...(driverOptions ? { DriverOpts: driverOptions } : {}) };
      await call('POST', '/volumes/create', { body: { Name: name, Labels: labels, ...driven } });
    },
    async removeVolume(name) {
      await orNone(call('DELETE', `/volumes/${id(name)}`, { query: { force: true } }));
    },
    async createNetwork({ name, labels, ipv6, mtu }) {
      const options = mtu ? { 'com.docker.network.driver.mtu': String(mtu) } : {};
      const body = { Name: name, Driver: bridgeOf(info.osType), Labels: labels, EnableIPv6: ipv6 === true };
      const answer = await call('POST', '/networks/create', {
        body: { ...body, CheckDuplicate: true, Options: options },
      });
      return textOf(answer, 'Id');
    },
    async removeNetwork(network) {
      await orNone(call('DELETE', `/networks/${id(network)}`));
    },
    async networkMembers(network) {
      const answer = await orNone(call('GET', `/networks/${id(network)}`));
      const members = typeof answer === 'object' && answer !== null && 'Containers' in answer ? answer.Containers : {};
      return Object.keys(members ?? {});
    },
    async createContainer(name, spec, platform) {
      const query = { name, ...(platform ? { platform } : {}) };
      return textOf(await call('POST', '/containers/create', { query, body: spec }), 'Id');
    },
    attach: async (container) =>
      asDuplex(
        await call('POST', `/containers/${id(container)}/attach`, {
          query: { stream: 1, stdin: 1, stdout: 1, stderr: 1 },
          // A body of known length: with a chunked one the engine takes what comes after it for more of the request.
          body: {},
          hijack: true,
        }),
      ),
    async startContainer(container) {
      await call('POST', `/containers/${id(container)}/start`);
    },
    async inspectContainer(container) {
      const answer = await orNone(call('GET', `/containers/${id(container)}/json`));
      return answer === undefined ? undefined : readContainer(answer);
    },
    async waitContainer(container) {
      const answer = await orNone(
        call('POST', `/containers/${id(container)}/wait`, { query: { condition: 'not-running' } }),
      );
      const code = typeof answer === 'object' && answer !== null && 'StatusCode' in answer ? answer.StatusCode : 0;
      return answer === undefined ? undefined : Number(code);
    },
    async renameContainer(container, name) {
      await call('POST', `/containers/${id(container)}/rename`, { query: { name } });
    },
    async killContainer(container, signal) {
      await gone(orNone(call('POST', `/containers/${id(container)}/kill`, { query: { signal } })));
    },
    async stopContainer(container, graceSeconds) {
      await gone(orNone(call('POST', `/containers/${id(container)}/stop`, { query: { t: graceSeconds } })));
    },
    async removeContainer(container, { volumes = true } = {}) {
      await gone(orNone(call('DELETE', `/containers/${id(container)}`, { query: { force: true, v: volumes } })));
    },
    exec,
    async logs(container, { timestamps, limitBytes }) {
      const query = { stdout: 1, stderr: 1, timestamps: timestamps ? 1 : 0, tail: 1000 };
      const stream = asReadable(await call('GET', `/containers/${id(container)}/logs`, { query, stream: true }));
      const pieces: Buffer[] = [];
      await openFrames(stream, (_, data) => void pieces.push(Buffer.from(data)));
      const all = Buffer.concat(pieces);
      return all.subarray(Math.max(0, all.length - limitBytes)).toString();
    },
    async followLogs(container, { timestamps }) {
      const query = { stdout: 1, stderr: 1, follow: 1, timestamps: timestamps ? 1 : 0 };
      return asReadable(await call('GET', `/containers/${id(container)}/logs`, { query, stream: true }));
    },
    async statPath(container, path) {
      const answer = await orNone(
        call('HEAD', `/containers/${id(container)}/archive`, { query: { path }, stream: true }),
      );
      if (answer === undefined) return undefined;
      const response = asReadable(answer);
      response.resume();
      const headers = 'headers' in response ? response.headers : undefined;
      return readPathStat(textOf(headers, 'x-docker-container-path-stat'));
    },
    async getArchive(container, path) {
      const answer = await orNone(
        call('GET', `/containers/${id(container)}/archive`, { query: { path }, stream: true }),
      );
      return answer === undefined ? undefined : asReadable(answer);
    },
    async putArchive(container, path, tar, signal) {
      await call('PUT', `/containers/${id(container)}/archive`, {
        query: { path },
        upload: tar,
        ...(signal !== undefined ? { signal } : {}),
      });
    },
    list: (kind, labels, { sizes = false } = {}) =>
      readLists({ kind, labels, sizes }, (path, query) => call('GET', path, { query })),
    async ping() {
      await call('GET', '/_ping');
    },
    close: () => agent.destroy(),
  };
}

/** What is asked of a container that has just ended or is being removed already is no trouble. */
const gone = async (asked: Promise<unknown>): Promise<void> => {
  try {
    await asked;
  } catch (error) {
    const text = error instanceof Error ? error.message : '';
    if (!(error instanceof EngineError) || !(error.status === 409 || error.status === 304)) throw error;
    if (/removal of container .* is already in progress|is not running|no such/i.test(text)) return;
    throw error;
  }
};

function connect(DockerClient: typeof Docker, endpoint: Endpoint): Docker {
  // Every key is set, since what is missing would be taken from DOCKER_HOST behind our back.
  const none = {
    host: undefined,
    port: undefined,
    socketPath: undefined,
    ca: undefined,
    cert: undefined,
    key: undefined,
  };
  switch (endpoint.kind) {
    case 'socket':
      return new DockerClient({ ...none, protocol: 'http', socketPath: endpoint.path });
    case 'ssh':
      return new DockerClient({ ...none, protocol: 'http', host: 'docker', port: 80 });
    case 'tcp': {
      const { tls } = endpoint;
      const files = { ca: tls?.ca, cert: tls?.cert, key: tls?.key };
      const protocol = tls === undefined ? 'http' : 'https';
      return new DockerClient({ ...none, ...files, protocol, host: endpoint.host, port: endpoint.port });
    }
  }
}

const bridgeOf = (osType: string): string => (osType === 'windows' ? 'nat' : 'bridge');

const asReadable = (answer: unknown): Readable => {
  if (answer instanceof Readable) return answer;
  throw new EngineError(undefined, 'the engine gave no stream');
};
const asDuplex = (answer: unknown): Duplex => {
  if (answer instanceof Duplex) return answer;
  throw new EngineError(undefined, 'the engine did not open a connection for input');
};

/** dockerode says `(HTTP code 404) no such container - No such image: x `; the engine's words are what matters. */
function engineError(error: unknown): EngineError {
  const known = error instanceof Error ? error : new Error(String(error));
  const status = 'statusCode' in known && typeof known.statusCode === 'number' ? known.statusCode : undefined;
  const text = known.message.replace(/^\(HTTP code \d+\)[^-]*- /, '').trim();
  const message = status === undefined ? text : `Error response from daemon: ${text}`;
  return new EngineError(status, message, { cause: error });
}

import * as v from 'valibot';
import type { ContainerFacts, EngineInfo, FileStat, ImageFacts } from './types.ts';

/** Readers of the engine's answers. Podman leaves out what Docker sends as null, so everything may be missing. */
const text = v.nullish(v.string(), '');
const texts = v.nullish(v.array(v.string()), []);
const words = v.nullish(v.union([v.string(), v.array(v.string())]), []);
const map = v.nullish(v.record(v.string(), v.unknown()), {});
const labels = v.nullish(v.record(v.string(), v.string()), {});

const infoSchema = v.looseObject({
  OSType: text,
  Architecture: text,
  KernelVersion: text,
  ServerVersion: text,
  Name: text,
  OperatingSystem: text,
  SecurityOptions: texts,
});
const versionSchema = v.looseObject({
  ApiVersion: text,
  Components: v.nullish(v.array(v.looseObject({ Name: text })), []),
});

export function readInfo(info: unknown, version: unknown): EngineInfo {
  const about = v.parse(infoSchema, info);
  const { ApiVersion, Components } = v.parse(versionSchema, version);
  return {
    osType: about.OSType,
    architecture: about.Architecture,
    kernelVersion: about.KernelVersion,
    serverVersion: about.ServerVersion,
    apiVersion: ApiVersion,
    name: about.Name,
    operatingSystem: about.OperatingSystem,
    rootless: about.SecurityOptions.some((option) => option.includes('rootless')),
    podman: Components.some(({ Name }) => Name.toLowerCase().includes('podman')),
  };
}

const imageSchema = v.looseObject({
  Id: v.string(),
  RepoDigests: texts,
  Os: text,
  Architecture: text,
  Config: v.nullish(
    v.looseObject({ Entrypoint: words, User: text, ExposedPorts: map, Healthcheck: v.nullish(v.unknown()) }),
  ),
});

export function readImage(answer: unknown): ImageFacts {
  const image = v.parse(imageSchema, answer);
  const entrypoint = image.Config?.Entrypoint ?? [];
  return {
    id: image.Id,
    digests: image.RepoDigests,
    entrypoint: typeof entrypoint === 'string' ? [entrypoint] : entrypoint,
    user: image.Config?.User ?? '',
    exposedPorts: Object.keys(image.Config?.ExposedPorts ?? {}),
    hasHealthcheck: image.Config?.Healthcheck !== null && image.Config?.Healthcheck !== undefined,
    os: image.Os,
    architecture: image.Architecture,
  };
}

const containerSchema = v.looseObject({
  Id: v.string(),
  Name: text,
  State: v.nullish(
    v.looseObject({
      Status: text,
      ExitCode: v.nullish(v.number(), 0),
      OOMKilled: v.nullish(v.boolean(), false),
      Error: text,
      Health: v.nullish(v.looseObject({ Status: text })),
    }),
  ),
  Config: v.nullish(v.looseObject({ ExposedPorts: map, Env: texts, Labels: labels })),
  NetworkSettings: v.nullish(
    v.looseObject({
      IPAddress: text,
      GlobalIPv6Address: text,
      Networks: v.nullish(
        v.record(v.string(), v.nullish(v.looseObject({ IPAddress: text, GlobalIPv6Address: text }))),
        {},
      ),
    }),
  ),
});

export function readContainer(answer: unknown): ContainerFacts {
  const container = v.parse(containerSchema, answer);
  const networks = Object.values(container.NetworkSettings?.Networks ?? {});
  const addresses = networks.flatMap((network) => [network?.IPAddress ?? '', network?.GlobalIPv6Address ?? '']);
  const all = [...addresses, container.NetworkSettings?.IPAddress ?? ''].filter((address) => address !== '');
  return {
    id: container.Id,
    name: container.Name.replace(/^\//, ''),
    status: container.State?.Status ?? '',
    exitCode: container.State?.ExitCode ?? 0,
    oomKilled: container.State?.OOMKilled ?? false,
    error: container.State?.Error ?? '',
    health: container.State?.Health?.Status || undefined,
    addresses: [...new Set(all)],
    exposedPorts: Object.keys(container.Config?.ExposedPorts ?? {}),
    env: container.Config?.Env ?? [],
    labels: container.Config?.Labels ?? {},
  };
}

const statSchema = v.looseObject({ name: text, size: v.nullish(v.number(), 0), mode: v.number(), mtime: text });
/** Go's file mode bits (io/fs FileMode). */
const goDirectory = 2 ** 31;
const goSymlink = 2 ** 27;
const goOther = 2 ** 26 + 2 ** 25 + 2 ** 24 + 2 ** 21 + 2 ** 19;
const has = (mode: number, bits: number): boolean => (bits === goDirectory ? mode >= goDirectory : (mode & bits) !== 0);

/** The header `X-Docker-Container-Path-Stat`: base64 of JSON. */
export function readPathStat(header: string): FileStat {
  const stat = v.parse(statSchema, JSON.parse(Buffer.from(header, 'base64').toString()));
  const kind = has(stat.mode, goDirectory)
    ? 'directory'
    : has(stat.mode, goSymlink)
      ? 'symlink'
      : has(stat.mode, goOther)
        ? 'other'
        : 'file';
  return { name: stat.name, size: stat.size, mode: stat.mode & 0o777, kind, mtimeMs: Date.parse(stat.mtime) || 0 };
}

import * as v from 'valibot';
import type { RunnerConfig } from '../../../src-shared/config-schema.ts';
import { parseDuration } from '../go-duration.ts';

/** The parts of a runner's configuration that the transfer stages read (spec/config-toml.md 2.4; CamelCase as there). */
const text = v.nullish(v.string(), '');
const flag = v.nullish(v.boolean());
const s3 = v.looseObject({
  ServerAddress: text,
  AccessKey: text,
  SecretKey: text,
  SessionToken: text,
  BucketName: text,
  BucketLocation: text,
  Insecure: flag,
  AuthenticationType: text,
  ServerSideEncryption: text,
  ServerSideEncryptionKeyID: text,
  DualStack: flag,
  PathStyle: flag,
  Accelerate: flag,
  RoleARN: text,
  UploadRoleARN: text,
});
const gcs = v.looseObject({
  AccessID: text,
  PrivateKey: text,
  CredentialsFile: text,
  BucketName: text,
  UniverseDomain: text,
});
const azure = v.looseObject({ AccountName: text, AccountKey: text, ContainerName: text, StorageDomain: text });
const cache = v.looseObject({
  Type: text,
  Path: text,
  Shared: v.nullish(v.boolean(), false),
  MaxUploadedArchiveSize: v.nullish(v.number(), 0),
  s3: v.nullish(s3),
  gcs: v.nullish(gcs),
  azure: v.nullish(azure),
});
const settings = v.looseObject({
  cache: v.nullish(cache),
  artifact: v.nullish(
    v.looseObject({ upload_timeout: v.nullish(v.unknown()), response_header_timeout: v.nullish(v.unknown()) }),
  ),
  harrier: v.nullish(v.looseObject({ outside_links: v.nullish(v.boolean()) })),
});

export type CacheSettings = v.InferOutput<typeof cache>;
export type S3Settings = v.InferOutput<typeof s3>;
export type GcsSettings = v.InferOutput<typeof gcs>;
export type AzureSettings = v.InferOutput<typeof azure>;

/** Undefined: no cache section, or one that cannot be read (which the config editor has said already). */
export function cacheSettings(runner: RunnerConfig): CacheSettings | undefined {
  const parsed = v.safeParse(settings, runner);
  return parsed.success ? (parsed.output.cache ?? undefined) : undefined;
}

/** Links that lead out of the project: refused in artifacts, kept in caches, unless `[runners.harrier] outside_links` says. */
export function outsideLinksFor(runner: RunnerConfig, usual: 'refuse' | 'keep'): 'refuse' | 'keep' {
  const parsed = v.safeParse(settings, runner);
  const chosen = parsed.success ? parsed.output.harrier?.outside_links : undefined;
  return chosen === true ? 'keep' : chosen === false ? 'refuse' : usual;
}

/** `[runners.artifact]`: one hour for all of it, ten minutes for the answer's headers. */
export function artifactTimeouts(runner: RunnerConfig): {
  readonly timeoutMs: number;
  readonly responseHeaderTimeoutMs: number;
} {
  const parsed = v.safeParse(settings, runner);
  const found = parsed.success ? parsed.output.artifact : undefined;
  return {
    timeoutMs: durationMs(found?.upload_timeout) ?? 3_600_000,
    responseHeaderTimeoutMs: durationMs(found?.response_header_timeout) ?? 600_000,
  };
}

const durationMs = (value: unknown): number | undefined => {
  const ms = typeof value === 'string' ? parseDuration(value) : undefined;
  return ms !== undefined && ms > 0 ? ms : undefined;
};

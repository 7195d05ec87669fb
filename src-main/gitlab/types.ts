import type { Readable } from 'node:stream';
import type { JobPayload, PayloadProblem } from '../../src-shared/payload.ts';
import type { SendAnswer, UpdateAnswer } from '../base/answers.ts';

export type { SendAnswer, UpdateAnswer };

/** The 31 keys of `info.features` (spec/coordinator-api.md 1.1). */
export const runnerFeatureNames = [
  'variables',
  'image',
  'services',
  'artifacts',
  'cache',
  'fallback_cache_keys',
  'shared',
  'upload_multiple_artifacts',
  'upload_raw_artifacts',
  'session',
  'terminal',
  'refspecs',
  'masking',
  'proxy',
  'raw_variables',
  'artifacts_exclude',
  'multi_build_steps',
  'trace_reset',
  'trace_checksum',
  'trace_size',
  'vault_secrets',
  'cancelable',
  'return_exit_code',
  'service_variables',
  'service_multiple_aliases',
  'image_executor_opts',
  'service_executor_opts',
  'cancel_gracefully',
  'native_steps_integration',
  'two_phase_job_commit',
  'job_inputs',
] as const;
export type RunnerFeature = (typeof runnerFeatureNames)[number];
export type RunnerFeatures = Readonly<Record<RunnerFeature, boolean>>;

export interface RunnerInfo {
  readonly name: string;
  readonly version: string;
  readonly revision: string;
  readonly platform: string;
  readonly architecture: string;
  readonly executor?: string;
  readonly shell?: string;
  readonly features: RunnerFeatures;
  readonly config: { readonly gpus: string };
  readonly labels?: Readonly<Record<string, string>>;
}

/** How one coordinator is reached. Files are read anew when they change. */
export interface ConnectionOptions {
  readonly url: string;
  readonly tlsCaFile?: string;
  readonly tlsCertFile?: string;
  readonly tlsKeyFile?: string;
  /** Authorities that are trusted beside those of the system and of `tlsCaFile`. */
  readonly extraCaFile?: string;
  /** Where `<host>.crt`, `<host>.auth.crt` and `<host>.auth.key` are looked for when no file is named; the first that has one counts. */
  readonly certificateFolders?: readonly string[];
  /** Explicit proxy; otherwise HTTP_PROXY, HTTPS_PROXY and NO_PROXY of `env` count. */
  readonly proxy?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly connectionMaxAgeMs?: number;
}

export interface JobCredentials {
  readonly id: number;
  readonly token: string;
}

export type JobRequestAnswer =
  | { readonly kind: 'job'; readonly payload: JobPayload; readonly tls?: TlsChain }
  | { readonly kind: 'invalidJob'; readonly problem: PayloadProblem }
  | { readonly kind: 'none' }
  /** 403 or an unusable URL: counts against the runner's health. */
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
  /** Anything else: logged, tried again at the next turn. */
  | {
      readonly kind: 'failed';
      readonly status: number;
      readonly message: string;
      readonly retryable: boolean;
      readonly retryAfterSeconds?: number;
    };

/** PEM texts for CI_SERVER_TLS_* of the job. */
export interface TlsChain {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface JobUpdate {
  readonly state: 'running' | 'success' | 'failed';
  readonly failure_reason?: string;
  readonly exit_code?: number;
  readonly output?: { readonly checksum: string; readonly bytesize: number };
}

export interface ArtifactUpload {
  readonly filename: string;
  readonly format?: string;
  readonly type?: string;
  readonly expireIn?: string;
  /** Called once per attempt: the body is produced anew. */
  readonly body: () => Readable | Promise<Readable>;
  /** Bytes of the body when known. */
  readonly size?: number;
  readonly timeoutMs?: number;
  readonly responseHeaderTimeoutMs?: number;
}
/** `statusText` is what the job's log shows: `201 Created`, or `POST <url>: 503 Service Unavailable (message)`. */
export interface ArtifactUploadAnswer {
  readonly status: number;
  /** Of the archive, as far as it went out. */
  readonly sentBytes?: number;
  readonly statusText: string;
  readonly correlationId?: string;
  readonly location?: string;
}
export interface ArtifactDownloadAnswer {
  readonly status: number;
  readonly statusText: string;
  /** Host of a redirect to object storage, when there was one. */
  readonly directHost?: string;
  readonly correlationId?: string;
  /** With 200. */
  readonly body?: Readable;
}

/** GitLab's runner API for one connection. No policy: one call, one answer; the retry layer of 0.4 is inside. Never throws for what a server answers. */
export interface CoordinatorClient {
  requestJob(request: {
    token: string;
    systemId: string;
    info: RunnerInfo;
    session?: { url: string; certificate: string; authorization: string };
    signal?: AbortSignal;
  }): Promise<JobRequestAnswer>;
  updateJob(job: JobCredentials, update: JobUpdate, info: RunnerInfo, signal?: AbortSignal): Promise<UpdateAnswer>;
  patchTrace(
    job: JobCredentials,
    patch: { start: number; body: Buffer; debug: boolean },
    signal?: AbortSignal,
  ): Promise<SendAnswer>;
  uploadArtifact(job: JobCredentials, artifact: ArtifactUpload, signal?: AbortSignal): Promise<ArtifactUploadAnswer>;
  downloadArtifact(
    job: JobCredentials,
    options: { direct: boolean },
    signal?: AbortSignal,
  ): Promise<ArtifactDownloadAnswer>;
  verifyRunner(request: { token: string; systemId?: string; info: RunnerInfo }): Promise<RegistrationAnswer>;
  registerRunner(request: RegisterRequest): Promise<RegistrationAnswer>;
  createRunner(request: {
    personalToken: string;
    parameters: Readonly<Record<string, unknown>>;
  }): Promise<RegistrationAnswer>;
  unregisterRunner(token: string): Promise<{ ok: boolean; status: number; message: string }>;
  unregisterManager(token: string, systemId: string): Promise<{ ok: boolean; status: number; message: string }>;
  resetToken(token: string): Promise<RegistrationAnswer>;
  resetTokenWithPersonalToken(runnerId: number, personalToken: string): Promise<RegistrationAnswer>;
  /** What a personal access token can see and do. */
  personal(token: string): PersonalApi;
  /** GET /version-like probe for the wizard: is this GitLab, which TLS chain, through which proxy. */
  probe(): Promise<ServerProbe>;
  /** Gives up all connections, also those with a request on them, which then fails: the machine has slept. */
  reconnect(): void;
  close(): Promise<void>;
}
export interface RegisterRequest {
  readonly registrationToken: string;
  readonly info: RunnerInfo;
  readonly description?: string;
  readonly maintenance_note?: string;
  readonly tag_list?: string;
  readonly run_untagged: boolean;
  readonly locked: boolean;
  readonly access_level?: string;
  readonly maximum_timeout?: number;
  readonly paused: boolean;
}
export type RegistrationAnswer =
  | { readonly ok: true; readonly id: number; readonly token: string; readonly expiresAt?: string }
  | {
      readonly ok: false;
      readonly status: number;
      readonly kind: 'refused' | 'invalid' | 'unreachable' | 'tls' | 'notGitLab' | 'serverError';
      readonly message: string;
    };
export type PersonalAnswer<T> = { readonly ok: true; readonly value: T } | Extract<RegistrationAnswer, { ok: false }>;
/** Calls with a personal access token; each needs a scope that the token may not have. */
export interface PersonalApi {
  self(): Promise<
    PersonalAnswer<{ name: string; scopes: readonly string[]; usable: boolean; readonly expiresAt?: string }>
  >;
  user(): Promise<PersonalAnswer<{ name: string; isAdmin: boolean }>>;
  version(): Promise<PersonalAnswer<string>>;
  /** Groups or projects in which this person may create runners, at most a page of them. */
  targets(kind: 'group' | 'project', text: string): Promise<PersonalAnswer<readonly RunnerTarget[]>>;
  runner(id: number): Promise<PersonalAnswer<RunnerOnServer>>;
}
export interface RunnerTarget {
  readonly id: number;
  readonly path: string;
  readonly name: string;
}
/** What GitLab itself keeps of a runner. */
export interface RunnerOnServer {
  /** `instance_type`, `group_type`, `project_type`. */
  readonly type: string;
  readonly tags: readonly string[];
  readonly runUntagged: boolean;
  readonly locked: boolean;
  readonly paused: boolean;
  readonly protectedOnly: boolean;
  /** Seconds; absent: none. */
  readonly maximumTimeout?: number;
  /** Paths of the projects it serves. */
  readonly projects: readonly string[];
  /** Pages of the groups it serves. */
  readonly groups: readonly string[];
}

export type ServerProbe =
  | {
      readonly ok: true;
      readonly version?: string;
      readonly viaProxy?: string;
      readonly chain: readonly { subject: string; issuer: string; validTo: string; fingerprint: string }[];
    }
  | {
      readonly ok: false;
      readonly kind: 'unreachable' | 'tls' | 'notGitLab' | 'invalidUrl';
      readonly message: string;
      /** GitLab may be found here instead: where the server leads, or without the path, or over the other scheme. */
      readonly elsewhere?: string;
      /** An authority that this machine does not know signed the certificate, and nothing else is wrong with it. */
      readonly isUntrusted?: boolean;
    };

import type { IncomingHttpHeaders } from 'node:http';
import type * as v from 'valibot';
import type { RunnerInfo } from '../../../src-main/gitlab/types.ts';
import type { JobVariable, payloadSchema } from '../../../src-shared/payload.ts';

/** What GitLab says of a job. `waiting`: handed out, not acknowledged yet (two-phase commit). */
export type JobState = 'pending' | 'waiting' | 'running' | 'canceling' | 'canceled' | 'success' | 'failed';

/** Parts of a payload that a test cares for; the rest is filled in as GitLab would. */
export type JobSpec = Partial<Omit<v.InferInput<typeof payloadSchema>, 'id' | 'token' | 'variables'>> & {
  readonly variables?: readonly Partial<JobVariable>[];
  readonly name?: string;
  readonly script?: readonly string[];
  readonly afterScript?: readonly string[];
  /** Only the runner with this token gets the job. */
  readonly runner?: string;
};

export interface StoredArtifact {
  /** With the question mark. */
  readonly query: string;
  readonly type: string;
  readonly format: string;
  readonly expireIn: string | undefined;
  readonly filename: string;
  readonly body: Buffer;
  /** Length header of the request; undefined when it came in chunks. */
  readonly contentLength: number | undefined;
}
export interface PatchSeen {
  readonly range: string;
  readonly size: number;
  readonly debug: boolean;
  readonly status: number;
}

/** A job as the server has it, and the hands of a test on it. */
export interface TestJob {
  readonly id: number;
  readonly token: string;
  readonly state: JobState;
  /** All states so far, the first `pending`. */
  readonly states: readonly JobState[];
  readonly trace: string;
  /** Where the runner said that the job's terminal is. */
  readonly session: { readonly url: string; readonly certificate: string; readonly authorization: string } | undefined;
  readonly traceBytes: Buffer;
  readonly patches: readonly PatchSeen[];
  /** Body of each PUT that was taken, in order. */
  readonly updates: readonly Readonly<Record<string, unknown>>[];
  /** Body of each PUT with a final state that came with the right token, taken or not, in order. */
  readonly finals: readonly Readonly<Record<string, unknown>>[];
  readonly artifacts: readonly StoredArtifact[];
  /** Checksum and size of the final update are those of the log that is here. */
  readonly checksumFits: boolean;
  /** Settles at the final update, also when it is refused because the job was canceled. */
  readonly done: Promise<void>;
  /** Settles when the log holds this text. */
  printed(text: string): Promise<void>;
  /** Settles when the job reaches this state. */
  reached(state: JobState): Promise<void>;
  /** The page's button: `canceling` where the runner can do that, else `canceled`. */
  cancel(): void;
  /** Reads the state; `canceling`, `canceled` and `failed` put the job there, as somebody on the page may. */
  status: JobState;
  /** The server loses the end of its log: the next PATCH meets a 416. */
  cutTrace(bytes: number): void;
  /** Another job's view of this one's archive: for `dependencies` of its payload. */
  asDependency(): { id: number; name: string; artifacts_file: { filename: string; size: number } };
}

/** Something that goes wrong for some requests. */
export interface Fault {
  readonly method: string;
  /** Part of the path. */
  readonly path: string;
  /** How often; then things are well again. Infinity: until `heal`. */
  times: number;
  /**
   * A status; `cut`: the connection breaks before the request is read; `hang`: nothing comes, ever; `lost`: the request
   * is worked on, its answer is lost; `torn`: the answer breaks off in the middle; `twice`: the request arrives twice,
   * the second answer comes back; `html`: a sign-in page under 200; `badJson`: 201 with half a document; `empty`: 201
   * with nothing in it; `range`: 416 with a wrong place to go on; `again`: a job that was handed out before; `none`:
   * only the delay.
   */
  readonly answer:
    | number
    | 'cut'
    | 'hang'
    | 'lost'
    | 'torn'
    | 'twice'
    | 'html'
    | 'badJson'
    | 'empty'
    | 'range'
    | 'again'
    | 'none';
  readonly headers?: Readonly<Record<string, string>>;
  readonly delayMs?: number;
}

export interface RequestSeen {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly status: number;
}

/** A runner that the server knows. */
export interface TestRunner {
  readonly id: number;
  readonly token: string;
  readonly description: string;
  /** Machines that asked with this token: system id and what they said of themselves. */
  readonly managers: ReadonlyMap<string, RunnerInfo>;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface TestCoordinatorOptions {
  /** Runner tokens that are known from the start. */
  readonly tokens?: readonly string[];
  /** For POST /runners; without one the server says 410. */
  readonly registrationToken?: string;
  /** For POST /user/runners and for the reset of a dead token. */
  readonly personalToken?: string;
  readonly personal?: {
    readonly scopes?: readonly string[];
    readonly state?: 'active' | 'expired' | 'revoked';
    readonly isAdmin?: boolean;
    /** Maintainer or owner; default: yes. */
    readonly hasRole?: boolean;
  };
  /** `false`: a server from before the two-phase commit. */
  readonly twoPhase?: boolean;
  /** X-GitLab-Trace-Update-Interval in seconds. */
  readonly traceInterval?: number;
  /** So many final updates are answered with 202 first. */
  readonly finalWaits?: number;
  /** What a final update with a wrong checksum gets. GitLab itself takes it. */
  readonly badChecksum?: 200 | 412;
  /** A request with the current `last_update` is held so long, as Workhorse does. */
  readonly longPollMs?: number;
  /** A job that was handed out and not acknowledged within this time is pending again. */
  readonly takeBackMs?: number;
  /** What goes wrong for a request that none of the listed faults meets. */
  readonly faultOf?: (method: string, path: string) => Omit<Fault, 'method' | 'path' | 'times'> | undefined;
  /** 413 above it. */
  readonly maxArtifactBytes?: number;
  /** Where `git_info.repo_url` points, with login; without one jobs get GIT_STRATEGY none. */
  readonly repository?: { readonly url: string; readonly sha: string; readonly ref?: string };
  readonly tls?: { readonly key: string; readonly cert: string; readonly ca?: string; readonly requestCert?: boolean };
}

/** GitLab as a runner meets it. */
export interface TestCoordinator {
  readonly url: string;
  /** The first runner token. */
  readonly token: string;
  readonly runners: readonly TestRunner[];
  /** Requests for jobs that a token made. */
  asked(token: string): number;
  queue(spec: JobSpec): TestJob;
  /** A 201 with this body (beside id and token), whatever it is. */
  queueRaw(body: unknown): TestJob;
  job(id: number): TestJob;
  readonly jobs: readonly TestJob[];
  fail(fault: Fault): void;
  /** Takes all faults back. */
  heal(): void;
  /** 403 for this runner token from now on, or no longer. */
  revoke(token: string, on?: boolean): void;
  /** A paused runner gets 204. */
  pause(token: string, on?: boolean): void;
  /** Archives lie on an object store of another host: `direct_download` gets a 302 to it. */
  useObjectStore(on: boolean): void;
  /** All requests, oldest first. */
  readonly requests: readonly RequestSeen[];
  /** What no well-behaved runner does. Empty at the end of a good test. */
  readonly problems: readonly string[];
  close(): Promise<void>;
}

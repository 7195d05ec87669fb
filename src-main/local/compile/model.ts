import type { JobArtifact, JobCache, JobImage, JobVariable } from '../../../src-shared/payload.ts';
import type { Place } from '../problems.ts';

export type When = 'on_success' | 'on_failure' | 'always' | 'manual';

export interface Need {
  readonly job: string;
  readonly artifacts: boolean;
  readonly optional: boolean;
  readonly place: Place;
}
export interface RetryRule {
  readonly max: number;
  readonly when: readonly string[];
  readonly exitCodes: readonly number[];
}

/** One job as it will run, everything resolved but the values that only a run knows. */
export interface CompiledJob {
  readonly name: string;
  readonly stage: string;
  readonly stageIndex: number;
  readonly place: Place;
  readonly script: readonly string[];
  readonly afterScript: readonly string[];
  readonly image: JobImage | undefined;
  readonly services: readonly JobImage[];
  /** What GitLab says about the job itself (CI_JOB_NAME, …); weaker than `variables`. */
  readonly identity: readonly JobVariable[];
  /** In order of precedence, later ones win. */
  readonly variables: readonly JobVariable[];
  /** Undefined: all jobs of earlier stages. */
  readonly needs: readonly Need[] | undefined;
  readonly dependencies: readonly string[] | undefined;
  readonly when: When;
  readonly allowFailure: boolean;
  readonly allowFailureCodes: readonly number[];
  readonly artifacts: readonly JobArtifact[];
  readonly cache: readonly JobCache[];
  readonly retry: RetryRule;
  readonly timeoutSeconds: number;
  readonly tags: readonly string[];
  readonly hooks: readonly { readonly name: string; readonly script: readonly string[] }[];
  readonly resourceGroup: string | undefined;
  /** The job that ends this one's environment, when it names one. */
  readonly onStop: string | undefined;
  /** One of several jobs that `parallel` made of one entry. */
  readonly node: { readonly index: number; readonly total: number; readonly of: string } | undefined;
}

export interface CompiledPipeline {
  readonly stages: readonly string[];
  readonly jobs: readonly CompiledJob[];
  /** Entries that their rules leave out. */
  readonly omitted: readonly string[];
}

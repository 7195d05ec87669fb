import type { JobArtifact, JobCache, JobImage, JobVariable } from '../../../src-shared/payload.ts';
import type { Place } from '../problems.ts';

export type When = 'on_success' | 'on_failure' | 'always' | 'manual';

export interface Need {
  readonly job: string;
  readonly artifacts: boolean;
  readonly optional: boolean;
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
  readonly node: { readonly index: number; readonly total: number } | undefined;
}

export interface CompiledPipeline {
  readonly stages: readonly string[];
  readonly jobs: readonly CompiledJob[];
  readonly variables: readonly JobVariable[];
}

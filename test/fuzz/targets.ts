import { archiveTargets } from './archives.ts';
import { configTargets } from './configs.ts';
import { payloadTargets } from './payloads.ts';
import { pipelineTargets } from './pipelines.ts';
import { traceTargets } from './traces.ts';

/** Every reader of what a server, a job or a person wrote. */
export const createTargets = (workerPath: string) => [
  ...payloadTargets,
  ...configTargets,
  ...traceTargets,
  ...archiveTargets(workerPath),
  ...pipelineTargets,
];

export { type Attempt, type FoundEngine, findEngine, surveyEngines } from './discovery/index.ts';
export { contextOf, createEnginePool, type EnginePool } from './discovery/pool.ts';
export type { Engine, EngineInfo, Listed } from './engine/types.ts';
export { createDockerExecutor, createDockerWindowsExecutor, type DockerExecutorDeps } from './executor.ts';
export { listOurs, type Ours, prune } from './prune.ts';
export { type DockerSettings, readSettings } from './settings.ts';

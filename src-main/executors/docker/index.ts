export { type FoundEngine, findEngine } from './discovery/index.ts';
export { contextOf, createEnginePool, type EnginePool } from './discovery/pool.ts';
export { surveyEngines, type Try } from './discovery/survey.ts';
export { type Engine, type EngineInfo, endpointText, type Listed } from './engine/types.ts';
export { createDockerExecutor, createDockerWindowsExecutor, type DockerExecutorDeps } from './executor.ts';
export { listOurs, type Ours, prune } from './prune.ts';
export { type DockerSettings, readSettings } from './settings.ts';

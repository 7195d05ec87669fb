export { createEngine } from './engine.ts';
export { runnerKey } from './runner-key.ts';
export type * from './types.ts';

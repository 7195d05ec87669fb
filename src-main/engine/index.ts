export { createEngine } from './engine.ts';
export { runnerKey, tokenTail } from './runner-key.ts';
export type * from './types.ts';

export { createEngine } from './engine.ts';
export { runnerKey, uniqueKey } from './runner-key.ts';
export { notifyOf } from './runner-view.ts';
export type * from './types.ts';

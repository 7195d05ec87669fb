export { runJob } from './run.ts';
export type * from './types.ts';

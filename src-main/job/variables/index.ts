export { type AssembledVariables, type AssembleOptions, assembleVariables } from './assemble.ts';
export { expand } from './expand.ts';
export { describeFlags, type Flags, flagDefaults, isFlag } from './flags.ts';
export { interpolateInputs, sensitiveInputs } from './inputs.ts';
export { internal } from './predefined.ts';
export { shortToken } from './short-token.ts';
export type * from './types.ts';

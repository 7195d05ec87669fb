export { createTrace } from './trace.ts';
export type * from './types.ts';
export { createUploader } from './uploader.ts';

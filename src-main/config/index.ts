export { type ControlHandlers, callControl, serveControl } from './control.ts';
export { diagnose, type Finding } from './diagnose.ts';
export {
  addRunner,
  type Edit,
  type Edited,
  type EditOptions,
  editConfig,
  removeRunner,
  setRunnerKeys,
} from './edit.ts';
export { toEditorText, toFileText } from './editor-text.ts';
export { type Effect, effectsOf } from './effects.ts';
export { expandEnv } from './expand.ts';
export { createHiddenTexts, type HiddenTexts } from './hidden-text.ts';
export { type LoadResult, loadConfig, readConfig } from './load.ts';
export { holderOf, type Lock, takeLock } from './lock.ts';
export { defaultCertificateFolder, defaultConfigFolder, defaultConfigPath } from './paths.ts';
export { type ConfigText, hashOf, readConfigText } from './read-text.ts';
export { readSystemId } from './system-id.ts';
export { type WatchedConfig, watchConfig } from './watch.ts';

/**
 * config.toml: one schema that types, validates, documents and drives the forms. Keys are TOML's own names, so that a
 * value has one name everywhere. Defaults are noted beside each key and applied by whoever reads it: the raw file stays
 * visible. Source: spec/config-toml.md.
 */
export { configKeys, expectationOf, type KeyDescription, keyAt, keysIn } from './config/describe.ts';
export { featureFlags } from './config/feature-flags.ts';
export { type Config, configSchema, globalSchema, logFormats, logLevels } from './config/global.ts';
export type { KeyKind, KeyMeta } from './config/kinds.ts';
export { executorNames, type RunnerConfig, runnerSchema, shellNames } from './config/runner.ts';

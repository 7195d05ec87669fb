import type { JobImage, JobPayload } from '../../../src-shared/payload.ts';
import { JobFailure } from '../../executors/types.ts';

/**
 * Puts the job's inputs into what the job says: `${{ job.inputs.NAME }}`, also `.member` and `[0]` of structs and
 * lists, in scripts, image, services, artifacts and cache. Strings stand as they are, anything else as JSON. An
 * expression that means nothing fails the job (runner_configuration_error), it is never left in a script.
 */
export const interpolateInputs = (payload: JobPayload): JobPayload => {
  const inputs = payload.inputs ?? [];
  if (inputs.length === 0) return payload;
  for (const { key, value } of inputs) checkType(key, value.type, value.content);
  const values = new Map(inputs.map(({ key, value }) => [key, value.content]));
  const text = <T extends string | null | undefined>(value: T): T =>
    (typeof value === 'string' && value.includes('${{') ? replace(value, values) : value) as T;
  const texts = <T extends readonly string[] | null | undefined>(list: T): T => (list?.map(text) ?? list) as T;
  const image = <T extends JobImage | null | undefined>(value: T): T =>
    value
      ? {
          ...value,
          name: text(value.name),
          alias: text(value.alias),
          command: texts(value.command),
          entrypoint: texts(value.entrypoint),
        }
      : value;
  return {
    ...payload,
    image: image(payload.image),
    services: payload.services?.map(image) ?? payload.services,
    steps: payload.steps?.map((step) => ({ ...step, script: texts(step.script) })) ?? payload.steps,
    hooks: payload.hooks?.map((hook) => ({ ...hook, script: texts(hook.script) })) ?? payload.hooks,
    artifacts:
      payload.artifacts?.map((artifact) => ({
        ...artifact,
        name: text(artifact.name),
        paths: texts(artifact.paths),
        exclude: texts(artifact.exclude),
      })) ?? payload.artifacts,
    cache:
      payload.cache?.map((cache) => ({
        ...cache,
        key: text(cache.key),
        policy: text(cache.policy),
        paths: texts(cache.paths),
        fallback_keys: texts(cache.fallback_keys),
      })) ?? payload.cache,
  };
};

/** What must not be seen in the log: the texts of sensitive inputs. */
export const sensitiveInputs = (payload: JobPayload): string[] =>
  (payload.inputs ?? []).filter(({ value }) => value.sensitive).map(({ value }) => shown(value.content));

const expression = /\$\{\{(.*?)\}\}/gs;
const path = /^job\.inputs((?:\.[A-Za-z_][\w-]*|\[\s*(?:\d+|"[^"\\]*"|'[^'\\]*')\s*\])+)$/;
const member = /\.([A-Za-z_][\w-]*)|\[\s*(?:(\d+)|"([^"\\]*)"|'([^'\\]*)')\s*\]/g;

const replace = (text: string, inputs: ReadonlyMap<string, unknown>): string =>
  text.replace(expression, (whole, inner: string) => {
    const members = path.exec(inner.trim())?.[1];
    if (members === undefined) throw invalid(`${whole.trim()}: only \${{ job.inputs.NAME }} can be used`);
    let value: unknown = Object.fromEntries(inputs);
    for (const [, name, index, double, single] of members.matchAll(member)) {
      const key = name ?? index ?? double ?? single ?? '';
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key))
        throw invalid(`${whole.trim()}: there is no input "${key}"`);
      value = (value as Record<string, unknown>)[key];
    }
    return shown(value);
  });

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const invalid = (message: string) => new JobFailure('runner_configuration_error', `job inputs: ${message}`);

const checkType = (key: string, type: string, content: unknown): void => {
  const fits =
    type === 'array'
      ? Array.isArray(content)
      : type === 'struct'
        ? typeof content === 'object' && content !== null && !Array.isArray(content)
        : typeof content === type;
  if (!fits) throw invalid(`"${key}" is said to be of type ${type}, but its content is not`);
};

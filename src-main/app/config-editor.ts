import { createHmac, randomBytes } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { canonicalTable } from '../../src-shared/config/canonical.ts';
import { isTable } from '../../src-shared/config/document.ts';
import { HarrierError } from '../../src-shared/errors.ts';
import {
  type CallOutput,
  type ConfigCheckView,
  type ConfigFile,
  type ConfigFinding,
  type Handlers,
  longestConfigText,
} from '../../src-shared/ipc.ts';
import { type TomlTable, valuesOf } from '../../src-shared/toml/values.ts';
import {
  createHiddenTexts,
  diagnose,
  editConfig,
  effectsOf,
  expandEnv,
  type Finding,
  hashOf,
  readConfigText,
  toEditorText,
  toFileText,
} from '../config/index.ts';
import { type LoadedConfig, runnerKey, uniqueKey } from '../engine/index.ts';

export interface ConfigEditorDeps {
  readonly configPath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
  /** Our own save counts at once. */
  readonly reload: () => Promise<void>;
  readonly current: () => LoadedConfig;
  /** What of a text does not fit this machine. */
  readonly machineFindings: (text: string) => Promise<readonly Finding[]>;
  /** Why the engine cannot use an executor; undefined when it can. */
  readonly refusalOf: (executor: string) => string | undefined;
}
export type ConfigHandlers = Pick<Handlers, 'config.read' | 'config.check' | 'config.discard' | 'config.save'>;
export interface ConfigEditor {
  readonly handlers: ConfigHandlers;
  /** How windows name a state of the file. */
  revisionOf(hash: string | undefined): string;
}

/**
 * config.toml as the window edits it. Secrets stay on this side: what crosses has placeholders, which stand for the same
 * values when they come back. A revision is good for one process only, since a placeholder is: after a restart a window
 * that was open is told of a conflict and gets its text anew.
 */
export function createConfigEditor(deps: ConfigEditorDeps): ConfigEditor {
  const texts = createHiddenTexts();
  const salt = randomBytes(32);
  const revisionOf = (hash = hashOf('')): string => createHmac('sha256', salt).update(hash).digest('hex').slice(0, 16);
  /** With all its secrets, which is why it never leaves the memory of this process. */
  let draft: { readonly text: string; readonly base: string; readonly revision: string } | undefined;
  let last: { readonly text: string; readonly revision: string } | undefined;

  const readFile = async () => {
    // Behind a link the file itself is replaced, not the link.
    const target = await realpath(deps.configPath).catch(() => deps.configPath);
    const found = await readConfigText(target);
    const file = found?.text ?? '';
    if (file.length > longestConfigText)
      throw new HarrierError('NOT_SUPPORTED', `${deps.configPath} has more than ${longestConfigText} characters`, {
        hint: 'Edit it with a text editor; Harrier reads files of any length.',
      });
    last = { text: toEditorText(file), revision: revisionOf(found?.hash) };
    return { exists: found !== undefined, file, hash: hashOf(file), ...last };
  };
  const check = async (text: string, hidden: string): Promise<ConfigCheckView> => ({
    findings: [
      ...diagnose(text, { env: deps.env, nowMs: deps.now(), refusalOf: deps.refusalOf }),
      ...(await deps.machineFindings(text)),
    ].map((finding) => findingOf(finding, hidden)),
    runners: keysOf(runnersIn(text), deps.env),
  });
  const read = async (): Promise<ConfigFile> => {
    const { exists, text, revision } = await readFile();
    const hidden = texts.hide(text);
    return {
      path: deps.configPath,
      exists,
      text: hidden,
      revision,
      ...(await check(text, hidden)),
      ...(draft
        ? { draft: { text: texts.hide(draft.text), base: texts.hide(draft.base), revision: draft.revision } }
        : {}),
    };
  };
  const save = async (given: string, revision: string): Promise<CallOutput<'config.save'>> => {
    const disk = await readFile();
    if (disk.revision !== revision) return { state: 'conflict', file: await read() };
    const { text, unknown } = texts.reveal(given);
    const [first] = unknown;
    if (first !== undefined) throw new HarrierError('CONFIG_INVALID', `line ${lineAt(given, first.at)}: ${lostSecret}`);
    try {
      await editConfig(deps.configPath, () => toFileText(text, disk.file), { basedOn: disk.hash });
    } catch (error) {
      if (error instanceof HarrierError && error.code === 'CONFIG_CONFLICT')
        return { state: 'conflict', file: await read() };
      throw error;
    }
    draft = undefined;
    await deps.reload();
    const { problem, runnerProblems, config } = deps.current();
    return {
      state: 'saved',
      file: await read(),
      effects: effectsOf(tableOf(disk.text), tableOf(text)),
      failed: [
        ...(problem !== undefined ? [{ message: problem }] : []),
        ...runnerProblems.map(({ index, message }) => {
          const runner = config.runners?.[index];
          return { runner: runner?.name || runner?.url || `#${index + 1}`, message };
        }),
      ],
    };
  };
  return {
    revisionOf,
    handlers: {
      'config.read': read,
      'config.check': async ({ text: given, revision }) => {
        const { text, unknown } = texts.reveal(given);
        const base = last?.revision === revision ? last.text : draft?.revision === revision ? draft.base : undefined;
        if (base !== undefined) draft = text === base ? undefined : { text, base, revision };
        const lost = unknown.map(
          ({ at }): ConfigFinding => ({ level: 'file', path: [], message: lostSecret, line: lineAt(given, at) }),
        );
        const checked = await check(text, given);
        return { ...checked, findings: [...lost, ...checked.findings] };
      },
      'config.discard': async () => {
        draft = undefined;
        return { ok: true };
      },
      'config.save': ({ text, revision }) => save(text, revision),
    },
  };
}

const lostSecret = 'a hidden value was changed in part; undo that, or type the whole value anew';
const lineAt = (text: string, at: number): number => text.slice(0, at).split('\n').length;

const findingOf = ({ level, path, message, position, fix }: Finding, hidden: string): ConfigFinding => ({
  level,
  path: [...path],
  message,
  ...(position
    ? { line: position.line, column: Math.min(position.column, lineLength(hidden, position.line) + 1) }
    : {}),
  ...(fix ? { fix } : {}),
});
const lineLength = (text: string, line: number): number => (text.split('\n')[line - 1] ?? '').length;

function tableOf(text: string): TomlTable {
  try {
    return canonicalTable(valuesOf(text), []);
  } catch {
    return {};
  }
}
const runnersIn = (text: string): TomlTable[] => {
  const { runners } = tableOf(text);
  return Array.isArray(runners) ? runners.filter(isTable) : [];
};
/** As the engine names them, two with one token apart. */
function keysOf(runners: readonly TomlTable[], env: ConfigEditorDeps['env']): string[] {
  const keys = new Set<string>();
  for (const runner of runners) keys.add(uniqueKey(keys, runnerKey(identityOf(runner, env))));
  return [...keys];
}
const identityOf = (runner: TomlTable, env: ConfigEditorDeps['env']) => ({
  url: expandEnv(String(runner['url'] ?? ''), env).text,
  token: expandEnv(String(runner['token'] ?? ''), env).text,
});

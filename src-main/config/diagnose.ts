import { adviceFor } from '../../src-shared/config/advice.ts';
import { checkConfig } from '../../src-shared/config/check.ts';
import { readToml, type TomlDocument, TomlSyntaxError } from '../../src-shared/config/document.ts';
import type { ConfigProblem } from '../../src-shared/config/problem.ts';
import { type Env, identitiesOf } from './load.ts';

/** Something to mark in the editor. `file`: nothing of the file counts; `runner`: this entry takes no jobs. */
export interface Finding extends ConfigProblem {
  readonly level: 'file' | 'runner' | 'warning' | 'advice';
}

export interface DiagnoseDeps {
  readonly env: Env;
  readonly nowMs: number;
  /** Why no job can run with this executor; undefined when jobs can. */
  readonly refusalOf: (executor: string) => string | undefined;
}

/** Everything that can be said of a text, worst first, then in the order of its lines. */
export function diagnose(text: string, { env, nowMs, refusalOf }: DiagnoseDeps): Finding[] {
  const { config, fatal, runners, hints } = checkConfig(text);
  const document = readable(text);
  const identities = identitiesOf(config?.runners ?? [], env).flatMap(({ runner, problems, warnings }, index) => {
    const refusal = refusalOf(runner.executor ?? '');
    const placed = (level: Finding['level'], { key, message }: { key: string; message: string }): Finding => {
      const path = ['runners', index, key];
      const position = document?.at(path);
      return { level, path, message, ...(position ? { position } : {}) };
    };
    return [
      ...[...problems, ...(refusal !== undefined ? [{ key: 'executor', message: refusal }] : [])]
        .filter(({ key }) => !runners.some((each) => each.index === index && each.path[2] === key))
        .map((problem) => placed('runner', problem)),
      ...warnings.map((warning) => placed('warning', warning)),
    ];
  });
  const findings: Finding[] = [
    ...fatal.map((problem) => ({ ...problem, level: 'file' as const })),
    ...runners.map(({ index: _, ...problem }) => ({ ...problem, level: 'runner' as const })),
    ...identities,
    ...hints.map((problem) => ({ ...problem, level: 'warning' as const })),
    ...(document ? adviceFor(document, nowMs) : []).map((problem) => ({ ...problem, level: 'advice' as const })),
  ];
  const rank = ({ level }: Finding): number => ['file', 'runner', 'warning', 'advice'].indexOf(level);
  return findings.sort((a, b) => rank(a) - rank(b) || (a.position?.line ?? 0) - (b.position?.line ?? 0));
}

function readable(text: string): TomlDocument | undefined {
  try {
    return readToml(text);
  } catch (error) {
    if (error instanceof TomlSyntaxError) return undefined;
    throw error;
  }
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { JobVariable } from '../../../src-shared/payload.ts';
import type { CompiledPipeline } from '../compile/model.ts';
import { compileYaml } from '../compile/pipeline.ts';
import type { RuleFacts } from '../compile/rules.ts';
import { variable } from '../compile/variables.ts';
import { createProblems } from '../problems.ts';

export interface CompileOptions {
  /** Further files: path to text. */
  readonly files?: Readonly<Record<string, string>>;
  readonly predefined?: Readonly<Record<string, string>>;
  readonly run?: Readonly<Record<string, string>>;
  readonly facts?: Partial<RuleFacts>;
  readonly hashes?: Readonly<Record<string, string>>;
}

const list = (values: Readonly<Record<string, string>>): JobVariable[] =>
  Object.entries(values).map(([key, value]) => variable(key, value));

/** Compiles a text as the `.gitlab-ci.yml` of a push to the branch `feat`; `main` is the default branch. */
export function compileText(
  text: string,
  options: CompileOptions = {},
): { readonly compiled: CompiledPipeline; readonly messages: readonly string[]; readonly codes: readonly string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'harrier-compile-'));
  const files = { '.gitlab-ci.yml': text, ...options.files };
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    const problems = createProblems();
    const compiled = compileYaml(
      {
        folder,
        file: '.gitlab-ci.yml',
        predefined: list({
          CI: 'true',
          CI_COMMIT_BRANCH: 'feat',
          CI_COMMIT_REF_NAME: 'feat',
          CI_COMMIT_REF_SLUG: 'feat',
          CI_DEFAULT_BRANCH: 'main',
          ...options.predefined,
        }),
        runVariables: list(options.run ?? {}),
        facts: {
          files: () => Object.keys(files).sort(),
          changed: () => 'unknown',
          ref: 'feat',
          isTag: false,
          source: 'push',
          ...options.facts,
        },
        hashFiles: (paths) => paths.map((path) => options.hashes?.[path]).find((hash) => hash !== undefined),
      },
      problems,
    );
    return {
      compiled,
      messages: problems.list.map(({ message }) => message),
      codes: problems.list.map(({ code }) => code),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The values that a job ends up with: the last one of each key. */
export const valuesOf = (variables: readonly JobVariable[]): Record<string, string> =>
  Object.fromEntries(variables.map(({ key, value }) => [key ?? '', value ?? '']));

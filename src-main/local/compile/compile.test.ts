import { expect, it } from 'vitest';
import { type CompileOptions, compileText, valuesOf } from '../testing/compile.ts';
import type { CompiledJob } from './model.ts';

/** The jobs of a text that must be right. */
function jobsOf(yaml: string, options?: CompileOptions): Record<string, CompiledJob> {
  const { compiled, messages } = compileText(yaml, options);
  expect(messages).toEqual([]);
  return Object.fromEntries(compiled.jobs.map((job) => [job.name, job]));
}
const jobOf = (yaml: string, options?: CompileOptions): CompiledJob => {
  const job = jobsOf(yaml, options)['a'];
  if (job === undefined) throw new Error('there is no job a');
  return job;
};

it.each([
  {
    why: 'the plain job',
    yaml: 'a: {script: x}',
    part: { stage: 'test', when: 'on_success', allowFailure: false, script: ['x'], timeoutSeconds: 3600 },
  },
  { why: 'nested lines are flattened', yaml: 'a: {script: [x, [y, [z]]]}', part: { script: ['x', 'y', 'z'] } },
  {
    why: 'a default before and an own after',
    yaml: 'default: {before_script: [p]}\na: {script: q, after_script: [r]}',
    part: { script: ['p', 'q'], afterScript: ['r'] },
  },
  {
    why: 'a key of the job replaces the default whole',
    yaml: 'default: {image: i, cache: {paths: [p]}}\na: {script: x, cache: {paths: [q]}}',
    part: { image: expect.objectContaining({ name: 'i' }), cache: [expect.objectContaining({ paths: ['q'] })] },
  },
  {
    why: 'inherit takes what it names',
    yaml: 'default: {image: i, tags: [t]}\na: {script: x, inherit: {default: [tags]}}',
    part: { image: undefined, tags: ['t'] },
  },
  {
    why: 'inherit false takes nothing',
    yaml: 'before_script: [p]\na: {script: x, inherit: {default: false}}',
    part: { script: ['x'] },
  },
  {
    why: 'null takes a default away',
    yaml: 'default: {image: i}\na: {script: x, image: null}',
    part: { image: undefined },
  },
  {
    why: 'extends: maps merge, lists replace',
    yaml: '.b: {variables: {P: "1", Q: "1"}, tags: [u, v]}\na: {extends: .b, variables: {Q: "2"}, tags: [w], script: x}',
    part: {
      tags: ['w'],
      variables: [expect.objectContaining({ key: 'P', value: '1' }), expect.objectContaining({ key: 'Q', value: '2' })],
    },
  },
  {
    why: 'extends: the last base wins',
    yaml: '.b: {script: one, image: i}\n.c: {script: two}\na: {extends: [.b, .c]}',
    part: { script: ['two'], image: expect.objectContaining({ name: 'i' }) },
  },
  {
    why: 'extends: null overwrites',
    yaml: '.b: {script: x, image: i}\na: {extends: .b, image: null}',
    part: { image: undefined },
  },
  {
    why: '11 steps of extends',
    yaml: `${Array.from({ length: 10 }, (_, i) => `.s${i + 1}: {extends: .s${i + 2}}`).join('\n')}\n.s11: {script: deep}\na: {extends: .s1}`,
    part: { script: ['deep'] },
  },
  {
    why: '!reference in a list becomes part of it',
    yaml: '.s: {script: [p, q]}\na: {script: [!reference [.s, script], r]}',
    part: { script: ['p', 'q', 'r'] },
  },
  {
    why: '!reference of a reference, of what came by extends',
    yaml: '.z: {script: [z]}\n.y: {extends: .z}\n.s: {script: [!reference [.y, script]]}\na: {script: [!reference [.s, script]]}',
    part: { script: ['z'] },
  },
  {
    why: '!reference in rules',
    yaml: '.r: {rules: [{if: $NOPE}, {if: $CI, when: always}]}\na: {script: x, rules: [!reference [.r, rules]]}',
    part: { when: 'always' },
  },
  {
    why: '!reference of one variable',
    yaml: '.v: {variables: {U: https://h}}\na: {script: x, variables: {V: !reference [.v, variables, U]}}',
    part: { variables: [expect.objectContaining({ key: 'V', value: 'https://h' })] },
  },
  {
    why: 'an anchor and a merge key',
    yaml: '.t: &t {image: i, script: x}\na: {<<: *t, image: k}',
    part: { script: ['x'], image: expect.objectContaining({ name: 'k' }) },
  },
  {
    why: 'of several merged maps the first one counts',
    yaml: '.t: &t {image: i, script: x}\n.u: &u {image: k}\na: {<<: [*u, *t]}',
    part: { script: ['x'], image: expect.objectContaining({ name: 'k' }) },
  },
  { why: 'the last of equal keys wins', yaml: 'a: {script: x}\na: {script: y}', part: { script: ['y'] } },
  {
    why: 'a manual job is optional',
    yaml: 'a: {script: x, when: manual}',
    part: { when: 'manual', allowFailure: true },
  },
  {
    why: 'a manual job of a rule blocks',
    yaml: 'a: {script: x, rules: [{if: $NOPE}, {when: manual}]}',
    part: { when: 'manual', allowFailure: false },
  },
  {
    why: 'manual by the job with rules that say nothing',
    yaml: 'a: {script: x, when: manual, rules: [{if: $CI}]}',
    part: { when: 'manual', allowFailure: true },
  },
  {
    why: 'allow_failure of a rule drops the exit codes',
    yaml: 'a: {script: x, rules: [{if: $CI, allow_failure: true}], allow_failure: {exit_codes: 3}}',
    part: { allowFailure: true, allowFailureCodes: [] },
  },
  {
    why: 'exit codes',
    yaml: 'a: {script: x, allow_failure: {exit_codes: [3, 42]}}',
    part: { allowFailure: false, allowFailureCodes: [3, 42] },
  },
  {
    why: 'needs of a rule replace those of the job',
    yaml: 'b: {stage: build, script: x}\nc: {stage: build, script: x}\na: {script: x, rules: [{if: $CI, needs: [b]}], needs: [c]}',
    part: { needs: [expect.objectContaining({ job: 'b' })] },
  },
  {
    why: 'an optional need that is not there',
    yaml: 'a: {script: x, needs: [{job: zz, optional: true}]}',
    part: { needs: [] },
  },
  {
    why: 'a need without artifacts',
    yaml: 'b: {stage: build, script: x}\na: {script: x, needs: [{job: b, artifacts: false}]}',
    part: { needs: [expect.objectContaining({ job: 'b', artifacts: false })] },
  },
  {
    why: 'no dependencies is something else than none given',
    yaml: 'a: {script: x, dependencies: []}',
    part: { dependencies: [] },
  },
  { why: 'a timeout in words', yaml: 'a: {script: x, timeout: 1h 30m}', part: { timeoutSeconds: 5400 } },
  {
    why: 'retry with a reason',
    yaml: 'a: {script: x, retry: {max: 2, when: runner_system_failure}}',
    part: { retry: { max: 2, when: ['runner_system_failure'], exitCodes: [] } },
  },
  {
    why: 'a cache key is kept apart from protected branches',
    yaml: 'a: {script: x, cache: {paths: [c]}}',
    part: {
      cache: [expect.objectContaining({ key: 'default-non_protected', policy: 'pull-push', when: 'on_success' })],
    },
  },
  {
    why: 'the cache of a protected branch',
    yaml: 'a: {script: x, cache: {key: $CI_COMMIT_REF_SLUG, paths: [c], fallback_keys: [k]}}',
    options: { predefined: { CI_COMMIT_REF_PROTECTED: 'true' } },
    part: {
      cache: [expect.objectContaining({ key: '$CI_COMMIT_REF_SLUG-protected', fallback_keys: ['k-protected'] })],
    },
  },
  {
    why: 'a protected branch that shares its cache',
    yaml: 'a: {script: x, cache: {key: k, unprotect: true, paths: [c]}}',
    options: { predefined: { CI_COMMIT_REF_PROTECTED: 'true' } },
    part: { cache: [expect.objectContaining({ key: 'k-non_protected' })] },
  },
  {
    why: 'a cache key of files',
    yaml: 'a: {script: x, cache: {key: {files: [lock], prefix: p}, paths: [c]}}',
    options: { hashes: { lock: 'abc' } },
    part: { cache: [expect.objectContaining({ key: 'p-abc-non_protected' })] },
  },
  {
    why: 'a cache key of files that are not there',
    yaml: 'a: {script: x, cache: {key: {files: [lock], prefix: p}, paths: [c]}}',
    part: { cache: [expect.objectContaining({ key: 'p-default-non_protected' })] },
  },
  {
    why: 'a report alone makes no archive',
    yaml: 'a: {script: x, artifacts: {reports: {junit: r.xml}}}',
    part: {
      artifacts: [
        {
          name: 'junit.xml',
          untracked: false,
          paths: ['r.xml'],
          exclude: [],
          when: 'always',
          artifact_type: 'junit',
          artifact_format: 'gzip',
          expire_in: '',
        },
      ],
    },
  },
  {
    why: 'a coverage report is of its format',
    yaml: 'a: {script: x, artifacts: {paths: [o], expire_in: 1 week, reports: {coverage_report: {coverage_format: cobertura, path: c.xml}}}}',
    part: {
      artifacts: [
        expect.objectContaining({ artifact_type: 'archive', expire_in: '1 week' }),
        expect.objectContaining({ artifact_type: 'cobertura', name: 'cobertura-coverage.xml', paths: ['c.xml'] }),
      ],
    },
  },
  {
    why: 'services in both forms',
    yaml: 'a: {script: x, services: [redis:7, {name: pg, alias: db, variables: {P: "1"}}]}',
    part: {
      services: [
        expect.objectContaining({ name: 'redis:7', alias: '' }),
        expect.objectContaining({ name: 'pg', alias: 'db', variables: [expect.objectContaining({ key: 'P' })] }),
      ],
    },
  },
  {
    why: 'docker options of an image',
    yaml: 'a: {script: x, image: {name: i, entrypoint: [""], pull_policy: never, docker: {user: 1000}}}',
    part: {
      image: expect.objectContaining({
        entrypoint: [''],
        pull_policy: ['never'],
        executor_opts: { docker: { platform: '', user: '1000' } },
      }),
    },
  },
  {
    why: 'a hook',
    yaml: 'a: {script: x, hooks: {pre_get_sources_script: [echo]}}',
    part: { hooks: [{ name: 'pre_get_sources_script', script: ['echo'] }] },
  },
  {
    why: 'a resource group with a variable',
    yaml: 'a: {script: x, resource_group: $CI_COMMIT_REF_NAME/x}',
    part: { resourceGroup: 'feat/x' },
  },
])('$why', ({ yaml, part, options }) => {
  expect(jobOf(yaml, options)).toMatchObject(part);
});

it.each([
  { why: 'YAML 1.1 octal', yaml: 'variables: {A: 012, B: "012"}', values: { A: '10', B: '012' } },
  {
    why: 'yes is true, y is a letter',
    yaml: 'variables: {A: yes, B: y, C: "off", D: N}',
    values: { A: 'true', B: 'y', C: 'off', D: 'N' },
  },
  {
    why: 'numbers as Ruby writes them',
    yaml: 'variables: {A: 1.10, B: 2.0, C: 12345678901234567890, D: 1_000}',
    values: { A: '1.1', B: '2.0', C: '12345678901234567890', D: '1000' },
  },
  { why: 'a date stays as it is written', yaml: 'variables: {A: 2026-01-02}', values: { A: '2026-01-02' } },
  { why: 'a control character of YAML', yaml: 'variables: {A: "\\e[32m"}', values: { A: '\u001b[32m' } },
  { why: 'the long form', yaml: 'variables: {A: {value: p, description: d, options: [p, q]}}', values: { A: 'p' } },
])('variables: $why', ({ yaml, values }) => {
  expect(valuesOf(jobOf(`${yaml}\na: {script: x}`).variables)).toEqual(values);
});

it.each([
  {
    why: 'rule over job over global',
    yaml: 'variables: {A: g, B: g, C: g}\na: {variables: {B: j, C: j}, rules: [{if: $A, variables: {C: r}}], script: x}',
    values: { A: 'g', B: 'j', C: 'r' },
  },
  {
    why: 'workflow over global, job over workflow',
    yaml: 'variables: {V: g, W: g}\nworkflow: {rules: [{if: $CI, variables: {V: w, W: w}}]}\na: {variables: {W: j}, script: x}',
    values: { V: 'w', W: 'j' },
  },
  {
    why: 'inherit names variables',
    yaml: 'variables: {A: "1", B: "2"}\na: {inherit: {variables: [A]}, script: x}',
    values: { A: '1' },
  },
  {
    why: 'inherit no variables',
    yaml: 'variables: {A: "1", B: "2"}\na: {inherit: {variables: false}, script: x}',
    values: {},
  },
])('precedence: $why', ({ yaml, values }) => {
  expect(valuesOf(jobOf(yaml).variables)).toEqual(values);
});

it('expand: false makes a variable raw', () => {
  expect(jobOf('a: {variables: {R: {value: p$Q, expand: false}}, script: x}').variables[0]).toMatchObject({
    value: 'p$Q',
    raw: true,
  });
});

it('stages: .pre and .post stand outside, whatever the list says; empty ones vanish', () => {
  const { compiled } = compileText(
    'stages: [two, .pre, one, .post, three]\na: {stage: one, script: x}\nb: {stage: .post, script: x}\nc: {stage: two, script: x}\nd: {stage: .pre, script: x}',
  );
  expect(compiled.stages).toEqual(['.pre', 'two', 'one', '.post']);
  expect(compiled.jobs.map(({ name }) => name)).toEqual(['d', 'c', 'a', 'b']);
});

it('parallel: a number', () => {
  const jobs = jobsOf('a: {parallel: 3, script: x}\nz: {stage: deploy, needs: [a], script: x}');
  expect(Object.keys(jobs)).toEqual(['a 1/3', 'a 2/3', 'a 3/3', 'z']);
  expect(valuesOf(jobs['a 2/3']?.identity ?? [])).toMatchObject({
    CI_NODE_INDEX: '2',
    CI_NODE_TOTAL: '3',
    CI_JOB_NAME: 'a 2/3',
    CI_JOB_GROUP_NAME: 'a',
  });
  expect(valuesOf(jobs['z']?.identity ?? [])).toMatchObject({ CI_NODE_TOTAL: '1' });
  expect(jobs['z']?.needs?.map(({ job }) => job)).toEqual(['a 1/3', 'a 2/3', 'a 3/3']);
});

it('parallel: a matrix, the first key slowest', () => {
  const jobs = jobsOf('a: {parallel: {matrix: [{P: [p, q], S: [1, 2]}, {P: r, S: 3}]}, script: x}');
  expect(Object.keys(jobs)).toEqual(['a: [p, 1]', 'a: [p, 2]', 'a: [q, 1]', 'a: [q, 2]', 'a: [r, 3]']);
  expect(valuesOf(jobs['a: [q, 1]']?.variables ?? [])).toEqual({ P: 'q', S: '1' });
});

it('rules of a parallel job are asked for each of its variables', () => {
  expect(Object.keys(jobsOf('a: {parallel: {matrix: [{P: [p, q]}]}, rules: [{if: $P == "q"}], script: x}'))).toEqual([
    'a: [q]',
  ]);
});

it.each([
  { why: 'a rule on the branch', rules: '[{if: $CI_COMMIT_BRANCH == "main"}]', there: false },
  { why: 'never after a match', rules: '[{if: $CI, when: never}, {when: always}]', there: false },
  { why: 'changes of other files', rules: '[{changes: ["src/**/*"]}]', changed: ['docs/a.md'], there: false },
  { why: 'changes deep below', rules: '[{changes: ["src/**/*"]}]', changed: ['src/x/y.c'], there: true },
  { why: 'two stars at the end are one', rules: '[{changes: ["src/**"]}]', changed: ['src/x/y.c'], there: false },
  { why: 'changes without a base', rules: '[{changes: ["src/**/*"]}]', there: true },
  { why: 'changes with a variable', rules: '[{changes: ["$CI_COMMIT_BRANCH/*"]}]', changed: ['feat/x'], there: true },
  { why: 'an empty list of changes', rules: '[{changes: ["*"]}]', changed: [], there: false },
  { why: 'a file that exists', rules: '[{exists: [Dockerfile]}]', files: ['Dockerfile'], there: true },
  { why: 'a folder is no file', rules: '[{exists: [src]}]', files: ['src/a.go'], there: false },
  { why: 'a pattern at any depth', rules: '[{exists: ["**/*.go"]}]', files: ['src/b/a.go'], there: true },
  { why: 'all clauses of a rule', rules: '[{if: $CI, exists: [none]}]', there: false },
])('rules: $why', ({ rules, changed, files, there }) => {
  const { compiled } = compileText(`a: {script: x, rules: ${rules}}\nz: {script: x}`, {
    ...(files ? { files: Object.fromEntries(files.map((path) => [path, ''])) } : {}),
    ...(changed ? { facts: { changed: () => changed } } : {}),
  });
  expect(compiled.jobs.some(({ name }) => name === 'a')).toBe(there);
  expect(compiled.omitted).toEqual(there ? [] : ['a']);
});

it.each([
  { why: 'branches', keys: 'only: [branches]', there: true },
  { why: 'another branch', keys: 'only: [main]', there: false },
  { why: 'a pattern of branches', keys: 'only: [/^fe/]', there: true },
  { why: 'tags', keys: 'only: [tags]', there: false },
  { why: 'except tags', keys: 'except: [tags]', there: true },
  { why: 'except this branch', keys: 'except: {refs: [feat]}', there: false },
  { why: 'pushes', keys: 'only: [pushes]', there: true },
  { why: 'merge requests', keys: 'only: [merge_requests]', there: false },
  { why: 'all keys of only', keys: 'only: {refs: [branches], variables: [$NOPE]}', there: false },
  { why: 'one key of except', keys: 'except: {refs: [tags], variables: [$CI]}', there: false },
  { why: 'changes', keys: 'only: {changes: [nothing]}', changed: ['a'], there: false },
])('only and except: $why', ({ keys, changed, there }) => {
  const { compiled, messages } = compileText(
    `a:\n  script: x\n  ${keys}\nz: {script: x}`,
    changed ? { facts: { changed: () => changed } } : {},
  );
  expect(messages).toEqual([]);
  expect(compiled.jobs.some(({ name }) => name === 'a')).toBe(there);
});

it('the environment as variables, with the slug of GitLab', () => {
  const { identity } = jobOf(
    'a: {environment: {name: review/$CI_COMMIT_REF_SLUG, url: https://$CI_COMMIT_REF_SLUG.h, on_stop: z}, script: x}\nz: {script: x, environment: {name: review/$CI_COMMIT_REF_SLUG, action: stop}}',
  );
  expect(valuesOf(identity)).toMatchObject({
    CI_ENVIRONMENT_NAME: 'review/feat',
    CI_ENVIRONMENT_SLUG: expect.stringMatching(/^review-feat-[0-9a-z]{6}$/),
    CI_ENVIRONMENT_URL: 'https://$CI_COMMIT_REF_SLUG.h',
    CI_ENVIRONMENT_ACTION: 'start',
    CI_ENVIRONMENT_TIER: 'development',
  });
});

it('include: merged deeply, lists replaced, the including file last', () => {
  const job = jobOf('include: inc.yml\na: {tags: [q], variables: {W: "2"}}', {
    files: { 'inc.yml': 'a: {script: x, tags: [p], variables: {V: "1"}}' },
  });
  expect(job.tags).toEqual(['q']);
  expect(valuesOf(job.variables)).toEqual({ V: '1', W: '2' });
});

it('include: globs in the order of their paths, nested, with a leading slash and variables', () => {
  const jobs = jobsOf('include: [{local: "/ci/**/*.yml"}, "$CI_COMMIT_BRANCH.yml"]\nz: {script: x}', {
    files: {
      'ci/b.yml': 'j: {script: b}',
      'ci/a/a.yml': 'j: {script: a}\nk: {script: k}',
      'feat.yml': 'include: n.yml',
      'n.yml': 'n: {script: n}',
    },
  });
  expect(Object.keys(jobs).sort()).toEqual(['j', 'k', 'n', 'z']);
  expect(jobs['j']?.script).toEqual(['b']);
});

it('include: a rule that does not hold leaves the file unread', () => {
  const yaml =
    'include: [{local: none.yml, rules: [{if: $CI_COMMIT_BRANCH == "main"}]}, {local: b.yml, rules: [{exists: [b.yml]}]}]\na: {script: x}';
  expect(Object.keys(jobsOf(yaml, { files: { 'b.yml': 'b: {script: x}' } }))).toEqual(['b', 'a']);
});

it('workflow:name is expanded for all jobs', () => {
  const { identity } = jobOf('workflow: {name: "Run of $CI_COMMIT_BRANCH"}\na: {script: x}');
  expect(valuesOf(identity)).toMatchObject({ CI_PIPELINE_NAME: 'Run of feat' });
});

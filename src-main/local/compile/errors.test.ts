import { expect, it } from 'vitest';
import { compileText } from '../testing/compile.ts';

const chain = (steps: number): string =>
  Array.from({ length: steps }, (_, index) => `.s${index + 1}: {extends: .s${index + 2}}`)
    .slice(0, -1)
    .concat(`.s${steps}: {script: x}`)
    .reverse()
    .join('\n');
const deep = (levels: number): string => `${'['.repeat(levels)}x${']'.repeat(levels)}`;

/** What is wrong: the first message. Line numbers count from 1. */
it.each([
  // Structure
  { why: 'an empty file', yaml: '', says: '1: Please provide content of .gitlab-ci.yml' },
  { why: 'only a comment', yaml: '# nothing\n', says: '1: Please provide content of .gitlab-ci.yml' },
  { why: 'hidden jobs only', yaml: '.a: {script: x}', says: '1: jobs config should contain at least one visible job' },
  { why: 'a list', yaml: '- a\n- b', says: '1: expected a map of jobs and keywords, found a list' },
  { why: 'a text', yaml: 'hello', says: '1: expected a map of jobs and keywords, found "hello"' },
  {
    why: 'broken YAML names the line',
    yaml: 'a:\n  script: x\n b: [\n',
    says: '3: All mapping items must start at the same column',
  },
  { why: 'a tab for indentation', yaml: 'a:\n\tscript: x', says: '2: Tabs are not allowed as indentation' },
  {
    why: 'an unknown tag',
    yaml: 'a:\n  script: !secret x',
    says: '2: Unresolved tag: !secret; only !reference is known',
  },
  {
    why: 'an unknown alias',
    yaml: 'a:\n  script: *nope',
    says: '2: unknown alias *nope; anchors count in their own file only',
  },
  { why: 'an anchor in itself', yaml: 'a: &x\n  script: *x', says: '2: the alias *x stands inside of its own anchor' },
  { why: '<< of a text', yaml: 'a:\n  <<: text\n  script: x', says: '2: << takes a map or a list of maps' },
  {
    why: 'two documents',
    yaml: 'a: {script: x}\n---\nb: {script: x}',
    says: '2: expected one YAML document, found several',
  },
  {
    why: 'inputs of a file are known, not supported',
    yaml: 'spec:\n  inputs: {}\n---\nb: {script: x}',
    says: '1: `spec:` (inputs of a file) is not supported locally yet',
    code: 'PIPELINE_UNSUPPORTED',
  },
  {
    why: 'a job that is a text',
    yaml: 'b: {script: x}\na: text',
    says: '2: jobs:a config should be a hash, found "text"',
  },
  {
    why: 'a job without script',
    yaml: 'a:\n  image: i',
    says: '1: jobs a config should implement the script:, run:, or trigger: keyword',
  },
  { why: 'a blank script', yaml: 'a:\n  script: ""', says: "2: jobs:a script can't be blank" },
  { why: 'an empty list of lines', yaml: 'a:\n  script: []', says: "2: jobs:a script can't be blank" },
  {
    why: 'a number in a script is no text',
    yaml: 'a:\n  script: [x, 5]',
    says: '2: jobs:a script should be a string or a nested array of strings up to 10 levels deep, found a list',
  },
  {
    why: 'a mistyped keyword is guessed',
    yaml: 'a:\n  script: x\n  befor_script: y',
    says: '3: jobs:a config contains unknown keys: befor_script (did you mean `before_script`?)',
  },
  {
    why: 'an unknown keyword',
    yaml: 'a:\n  script: x\n  colour: red',
    says: '3: jobs:a config contains unknown keys: colour',
  },
  {
    why: 'a stage that is not there',
    yaml: 'stages: [b]\na:\n  stage: c\n  script: x',
    says: '3: a job: chosen stage c does not exist; available stages are .pre, b, .post',
  },
  {
    why: 'edge stages alone make no pipeline',
    yaml: 'a: {stage: .pre, script: x}',
    says: '1: Pipeline will not run for the selected trigger. The rules configuration prevented any jobs from being added to the pipeline.',
  },
  {
    why: 'lines nested 11 deep',
    yaml: `a:\n  script: ${deep(12)}`,
    says: '2: jobs:a script should be a string or a nested array of strings up to 10 levels deep, found a list',
  },
  {
    why: 'script and trigger',
    yaml: 'a:\n  script: x\n  trigger: g/p',
    says: '3: jobs:a: `trigger` is not supported locally yet',
    code: 'PIPELINE_UNSUPPORTED',
  },
  {
    why: 'a name of 256 characters',
    yaml: `${'n'.repeat(256)}: {script: x}`,
    says: `1: jobs:${'n'.repeat(256)} name is too long (maximum is 255)`,
  },
  {
    why: 'an unknown key of default',
    yaml: 'default:\n  stage: x\na: {script: x}',
    says: '2: default config contains unknown keys: stage',
  },
  {
    why: 'a default twice',
    yaml: 'image: i\ndefault:\n  image: k\na: {script: x}',
    says: '1: image is defined in top-level and `default:` entry',
  },
  // Variables
  {
    why: 'a variable that is a list',
    yaml: 'variables:\n  A: [1]\na: {script: x}',
    says: '2: variables:A config variable definition must be either a string or a hash, found a list',
  },
  {
    why: 'an unknown key of a variable',
    yaml: 'variables:\n  A:\n    value: x\n    foo: y\na: {script: x}',
    says: '4: variables:A config uses invalid data keys: foo',
  },
  {
    why: 'options do not have the value',
    yaml: 'variables: {A: {value: p, options: [q]}}\na: {script: x}',
    says: '1: variables:A value must be present in options',
  },
  {
    why: 'a description belongs to the top',
    yaml: 'a:\n  variables:\n    A: {value: p, description: d}\n  script: x',
    says: '3: jobs:a:variables:A config uses invalid data keys: description',
  },
  {
    why: 'variables in a circle',
    yaml: 'variables: {A: $B, B: $A}\na: {script: x}',
    says: '2: jobs:a: circular variable reference detected: ["A","B","A"]',
  },
  {
    why: 'variables that multiply',
    yaml: `variables:\n  V0: ${'x'.repeat(64)}\n${Array.from({ length: 30 }, (_, i) => `  V${i + 1}: $V${i}$V${i}`).join('\n')}\na: {script: x}`,
    says: '33: jobs:a: the variables grow over 4194304 characters when they are expanded',
  },
  // extends, !reference
  {
    why: 'extends of what is not there',
    yaml: 'a:\n  extends: .zz\n  script: x',
    says: '2: a: unknown keys in `extends` (.zz)',
  },
  {
    why: 'extends of a text',
    yaml: '.b: text\na:\n  extends: .b\n  script: x',
    says: '3: a: invalid base hashes in `extends` (.b)',
  },
  {
    why: 'extends in a circle',
    yaml: '.b: {extends: .c}\n.c: {extends: .b}\na: {extends: .b, script: x}',
    says: '2: .c: circular dependency detected in `extends` (.b)',
  },
  {
    why: 'extends of itself',
    yaml: 'a: {extends: a, script: x}',
    says: '1: a: circular dependency detected in `extends` (a)',
  },
  {
    why: '12 steps of extends, also when the bases stand above',
    yaml: `${chain(12)}\na: {extends: .s1}`,
    says: '13: a: nesting too deep in `extends`',
  },
  {
    why: 'a reference to nothing',
    yaml: 'a:\n  script:\n    - !reference [.zz, script]',
    says: '3: !reference [".zz", "script"] could not be found',
  },
  {
    why: 'references in a circle',
    yaml: 'a: {script: [!reference [b, script]]}\nb: {script: [!reference [a, script]]}',
    says: '1: !reference ["b", "script"] is part of a circular chain',
  },
  {
    why: 'a reference that is a text',
    yaml: 'a:\n  script: !reference b',
    says: '2: !reference takes a list of names',
  },
  // rules
  {
    why: 'rules with only',
    yaml: 'a:\n  script: x\n  only: [main]\n  rules: [{if: $CI}]',
    says: '3: jobs:a config key may not be used with `rules`: only',
  },
  { why: 'no rules', yaml: 'a:\n  script: x\n  rules: []', says: "3: jobs:a:rules can't be blank" },
  {
    why: 'rules that are a map',
    yaml: 'a:\n  script: x\n  rules: {if: $CI}',
    says: '3: jobs:a:rules should be an array of hashes, found a map',
  },
  {
    why: 'a broken expression',
    yaml: 'a:\n  script: x\n  rules:\n    - if: $CI = "true"',
    says: '4: jobs:a:rules:rule if invalid expression syntax, found "$CI = "true""',
  },
  {
    why: 'a broken rule behind the one that matches',
    yaml: 'a:\n  script: x\n  rules:\n    - if: $CI\n    - if: ${CI}',
    says: '5: jobs:a:rules:rule if invalid expression syntax, found "${CI}"',
  },
  {
    why: 'never belongs to rules',
    yaml: 'a:\n  script: x\n  when: never',
    says: '3: jobs:a when should be one of: on_success, on_failure, always, manual, delayed, found "never"',
  },
  {
    why: 'an unknown key of a rule',
    yaml: 'a:\n  script: x\n  rules:\n    - if: $CI\n      wen: manual',
    says: '5: jobs:a:rules:rule config contains unknown keys: wen (did you mean `when`?)',
  },
  {
    why: 'compare_to of nothing',
    yaml: 'a:\n  script: x\n  rules:\n    - changes:\n        paths: ["*"]\n        compare_to: nope',
    says: '6: Failed to parse rule: rules:changes:compare_to is not a valid ref, found "nope"',
    facts: { changed: () => 'noRef' as const },
  },
  {
    why: 'changes without paths',
    yaml: 'a:\n  script: x\n  rules:\n    - changes: {compare_to: main}',
    says: '4: jobs:a:rules:rule:changes paths should be an array of strings, found nothing',
  },
  {
    why: 'exists of another project',
    yaml: 'a:\n  script: x\n  rules:\n    - exists:\n        paths: [a]\n        project: g/p',
    says: '6: jobs:a:rules:rule:exists: `project` is not supported locally yet',
    code: 'PIPELINE_UNSUPPORTED',
  },
  {
    why: 'the workflow wants no pipeline',
    yaml: 'a: {script: x}\nworkflow:\n  rules:\n    - if: $CI_COMMIT_BRANCH == "main"',
    says: '3: Pipeline filtered out by workflow rules.',
  },
  {
    why: 'rules that leave nothing',
    yaml: 'a: {script: x, rules: [{if: $NOPE}]}',
    says: '1: Pipeline will not run for the selected trigger. The rules configuration prevented any jobs from being added to the pipeline.',
  },
  {
    why: 'delayed jobs',
    yaml: 'a:\n  script: x\n  when: delayed\n  start_in: 5 minutes',
    says: '4: jobs:a: `start_in` is not supported locally yet',
    code: 'PIPELINE_UNSUPPORTED',
  },
  // needs, dependencies
  {
    why: 'a need of a later stage',
    yaml: 'b:\n  stage: build\n  script: x\n  needs:\n    - t\nt: {stage: test, script: x}',
    says: '5: b job: need t is not defined in current or prior stages',
  },
  { why: 'a need of nothing', yaml: 'a:\n  script: x\n  needs: [zz]', says: '3: a job: undefined need: zz' },
  {
    why: 'a need that its rules leave out',
    yaml: 'b: {stage: build, rules: [{if: $NOPE}], script: x}\na: {needs: [b], script: x}',
    says: "2: 'a' job needs 'b' job, but 'b' does not exist in the pipeline. This might be because of the only, except, or rules keywords. To need a job that sometimes does not exist in the pipeline, use needs:optional.",
  },
  {
    why: 'needs in a circle',
    yaml: 'a: {needs: [b], script: x}\nb: {needs: [a], script: x}',
    says: '1: The pipeline has circular dependencies: a -> b -> a',
  },
  {
    why: 'a job that needs itself',
    yaml: 'a: {needs: [a], script: x}',
    says: '1: The pipeline has circular dependencies: a -> a',
  },
  {
    why: 'the same need twice',
    yaml: 'b: {stage: build, script: x}\na: {needs: [b, b], script: x}',
    says: '2: a has the following needs duplicated: b.',
  },
  {
    why: 'needs of other projects',
    yaml: 'a:\n  script: x\n  needs:\n    - project: g/p\n      job: b\n      ref: main',
    says: '4: jobs:a:needs:need: `project` is not supported locally yet',
    code: 'PIPELINE_UNSUPPORTED',
  },
  {
    why: 'a dependency that is no need',
    yaml: 'b: {stage: build, script: x}\nc: {stage: build, script: x}\na: {needs: [b], dependencies: [c], script: x}',
    says: '3: jobs:a dependencies the c should be part of needs',
  },
  {
    why: 'a dependency of nothing',
    yaml: 'a: {dependencies: [zz], script: x}',
    says: '1: a job: undefined dependency: zz',
  },
  {
    why: 'a dependency of the same stage',
    yaml: 'b: {script: x}\na: {dependencies: [b], script: x}',
    says: '2: a job: dependency b is not defined in current or prior stages',
  },
  // parallel, retry, timeout, the rest
  {
    why: '201 jobs',
    yaml: 'a:\n  script: x\n  parallel: 201',
    says: '3: jobs:a parallel should be less than or equal to 200, found 201',
  },
  {
    why: 'a matrix of 15 by 14',
    yaml: `a:\n  script: x\n  parallel:\n    matrix: [{A: [${Array.from({ length: 15 }, (_, i) => i)}], B: [${Array.from({ length: 14 }, (_, i) => i)}]}]`,
    says: '4: jobs:a:parallel generates too many jobs (maximum is 200)',
  },
  {
    why: 'three retries',
    yaml: 'a:\n  script: x\n  retry: 3',
    says: '3: jobs:a retry should be less than or equal to 2, found 3',
  },
  {
    why: 'an unknown reason',
    yaml: 'a:\n  script: x\n  retry: {max: 1, when: rain}',
    says: '3: jobs:a:retry when should be one of: always, unknown_failure, script_failure, api_failure, stuck_or_timeout_failure, runner_system_failure, runner_unsupported, runner_interrupted, stale_schedule, job_execution_timeout, archived_failure, unmet_prerequisites, scheduler_failure, data_integrity_failure, image_pull_failure, runner_configuration_error, runner_external_dependency_failure, found "rain"',
  },
  {
    why: 'a timeout in words',
    yaml: 'a:\n  script: x\n  timeout: soon',
    says: '3: jobs:a timeout should be a duration, found "soon"',
  },
  {
    why: 'a timeout of months',
    yaml: 'a:\n  script: x\n  timeout: 2 months',
    says: '3: jobs:a timeout should be a duration of less than one month, found "2 months"',
  },
  {
    why: 'an image that is a number',
    yaml: 'a:\n  script: x\n  image: 3.20',
    says: '3: jobs:a:image config should be a hash or a string, found 3.2',
  },
  {
    why: 'an unknown policy of a cache',
    yaml: 'a:\n  script: x\n  cache:\n    policy: grab\n    paths: [c]',
    says: '4: jobs:a:cache policy should be a variable or one of: pull-push, push, pull, found "grab"',
  },
  {
    why: 'five caches',
    yaml: `a:\n  script: x\n  cache: [${'{paths: [c]}, '.repeat(5)}]`,
    says: '3: jobs:a:caches config no more than 4 caches can be created',
  },
  {
    why: 'an unknown report',
    yaml: 'a:\n  script: x\n  artifacts:\n    reports: {unit: r.xml}',
    says: '4: jobs:a:artifacts:reports config contains unknown keys: unit (did you mean `junit`?)',
  },
  {
    why: 'an unknown when of artifacts',
    yaml: 'a:\n  script: x\n  artifacts: {paths: [o], when: never}',
    says: '3: jobs:a:artifacts when should be one of: on_success, on_failure, always, found "never"',
  },
  {
    why: 'expose_as with a star',
    yaml: 'a:\n  script: x\n  artifacts: {paths: ["o*"], expose_as: o}',
    says: "3: jobs:a:artifacts paths can't contain '*' when used with 'expose_as'",
  },
  {
    why: 'on_stop of nothing',
    yaml: 'a:\n  environment: {name: r, on_stop: z}\n  script: x',
    says: '1: a job: on_stop job z is not defined',
  },
  {
    why: 'a release',
    yaml: 'a:\n  script: x\n  release: {tag_name: v1, description: d}',
    says: '3: jobs:a: `release` is not supported locally yet',
    code: 'PIPELINE_UNSUPPORTED',
  },
  {
    why: 'tokens for other services',
    yaml: 'a:\n  script: x\n  id_tokens: {T: {aud: a}}',
    says: '3: jobs:a: `id_tokens` is not supported locally yet',
    code: 'PIPELINE_UNSUPPORTED',
  },
  {
    why: 'secrets',
    yaml: 'a:\n  script: x\n  secrets: {}',
    says: '3: jobs:a: `secrets` is not supported locally yet',
    code: 'PIPELINE_UNSUPPORTED',
  },
  {
    why: 'auto_cancel on failure would change the run',
    yaml: 'workflow:\n  auto_cancel:\n    on_job_failure: all\na: {script: x}',
    says: '3: workflow:auto_cancel: `on_job_failure: all` is not supported locally yet',
    code: 'PIPELINE_UNSUPPORTED',
  },
  // include
  {
    why: 'an include that is not there',
    yaml: 'include: no.yml\na: {script: x}',
    says: '1: Local file `no.yml` does not exist!',
  },
  {
    why: 'an include with another ending',
    yaml: 'include: [{local: a.txt}]\na: {script: x}',
    says: '1: Included file `a.txt` does not have YAML extension!',
  },
  {
    why: 'an include of two kinds',
    yaml: 'include:\n  - local: a.yml\n    remote: https://h/b.yml\na: {script: x}',
    says: '2: Each include must use only one of: `local`, `project`, `remote`, `template`, `component`, `artifact`',
  },
  {
    why: 'an include of no kind',
    yaml: 'include:\n  - foo: a.yml\na: {script: x}',
    says: '2: an include does not have a valid subkey. Valid subkeys are: `local`, `project`, `remote`, `template`, `component`, `artifact`',
  },
  {
    why: 'an include from elsewhere',
    yaml: 'include:\n  - template: Auto.yml\na: {script: x}',
    says: '2: include: `template` is not supported locally yet',
    code: 'PIPELINE_UNSUPPORTED',
  },
  {
    why: 'an include by address',
    yaml: 'include: https://h/b.yml\na: {script: x}',
    says: '1: include of `https://h/b.yml`: only files of this repository can be included locally yet',
    code: 'PIPELINE_UNSUPPORTED',
  },
  {
    why: 'an include that leads out',
    yaml: 'include: ../../etc/x.yml\na: {script: x}',
    says: '1: Local file `../../etc/x.yml` does not exist!',
  },
])('$why', ({ yaml, says, code, facts }) => {
  const { messages, codes } = compileText(yaml, facts ? { facts } : {});
  expect(messages[0]).toBe(`.gitlab-ci.yml:${says}`);
  expect(codes[0]).toBe(code ?? 'PIPELINE_INVALID');
});

it('a file that includes itself, over another one', () => {
  const { messages } = compileText('include: b.yml\na: {script: x}', {
    files: { 'b.yml': 'include: [c.yml]', 'c.yml': 'x: {script: x}\ninclude: [b.yml]' },
  });
  expect(messages).toEqual(['c.yml:2: `b.yml` includes itself (.gitlab-ci.yml -> b.yml -> c.yml -> b.yml)']);
});

it('what is wrong in an included file is told with its name, and everything else as well', () => {
  const { messages, codes } = compileText(
    'include: ci/b.yml\na:\n  script: x\n  retry: 9\nc:\n  script: x\n  trigger: p',
    {
      files: { 'ci/b.yml': 'b:\n  script: x\n  tmeout: 5m' },
    },
  );
  expect(messages).toEqual([
    'ci/b.yml:3: jobs:b config contains unknown keys: tmeout (did you mean `timeout`?)',
    '.gitlab-ci.yml:4: jobs:a retry should be less than or equal to 2, found 9',
    '.gitlab-ci.yml:7: jobs:c: `trigger` is not supported locally yet',
    '.gitlab-ci.yml:7: jobs:c config contains mutually exclusive keys: script, trigger',
  ]);
  expect(codes).toEqual(['PIPELINE_INVALID', 'PIPELINE_INVALID', 'PIPELINE_UNSUPPORTED', 'PIPELINE_INVALID']);
});

it('151 includes of one file', () => {
  const include = `include: [${'b.yml, '.repeat(151)}]\na: {script: x}`;
  expect(compileText(include, { files: { 'b.yml': 'b: {script: x}' } }).messages).toEqual([
    '.gitlab-ci.yml:1: Maximum of 150 nested includes are allowed!',
  ]);
});

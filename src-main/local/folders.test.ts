import { mkdir, mkdtemp, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { compilePipeline } from './index.ts';
import { createRepository } from './testing/repository.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'harrier-folders-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

it('a folder that is not there, one without git, one without a commit, one without a pipeline: each says what to do', async () => {
  const empty = join(home, 'empty');
  await mkdir(empty);
  await expect(compilePipeline(join(home, 'none'))).rejects.toMatchObject({
    code: 'PIPELINE_NOT_GIT',
    hint: 'Choose another folder.',
  });
  await expect(compilePipeline(empty)).rejects.toMatchObject({
    code: 'PIPELINE_NOT_GIT',
    message: `${empty} is not inside of a git repository`,
    hint: expect.stringContaining('git init'),
  });
  const repository = await createRepository({ '.gitlab-ci.yml': 'a: {script: x}' });
  await unlink(join(repository.folder, '.gitlab-ci.yml'));
  await expect(compilePipeline(repository.folder)).rejects.toMatchObject({
    code: 'PIPELINE_NO_YAML',
    hint: expect.stringContaining('.gitlab-ci.yml'),
  });
  repository.git('update-ref', '-d', 'refs/heads/main');
  await expect(compilePipeline(repository.folder)).rejects.toMatchObject({
    code: 'PIPELINE_NOT_GIT',
    hint: expect.stringContaining('Commit once'),
  });
  await repository.remove();
});

it('lists jobs from a folder inside of the repository; rules see the work tree', async () => {
  const repository = await createRepository({
    '.gitlab-ci.yml': [
      'include: "ci/*.yml"',
      'a: {script: x, rules: [{exists: [new.txt]}]}',
      'b: {script: x, rules: [{exists: [gone.txt]}]}',
      'c: {script: x, rules: [{changes: [new.txt]}]}',
      'd: {script: x, rules: [{changes: [same.txt]}]}',
      'e: {script: x, rules: [{changes: {paths: [branch.txt], compare_to: base}}]}',
      'z: {stage: deploy, needs: [a], script: x, when: manual}',
    ].join('\n'),
    'ci/more.yml': 'm: {script: x}',
    'gone.txt': '',
    'same.txt': '',
  });
  repository.git('branch', 'base');
  await repository.write({ 'branch.txt': '' });
  repository.git('add', '-A');
  repository.git('commit', '-q', '-m', 'second');
  await repository.write({ 'new.txt': '' });
  await unlink(join(repository.folder, 'gone.txt'));
  const { jobs, problems } = await compilePipeline(join(repository.folder, 'ci'));
  expect(problems).toEqual([]);
  expect(jobs.map(({ name }) => name)).toEqual(['m', 'a', 'c', 'e', 'z']);
  expect(jobs.at(-1)).toEqual({ name: 'z', stage: 'deploy', when: 'manual', needs: ['a'] });
  await repository.remove();
});

it('problems are listed, not thrown', async () => {
  const repository = await createRepository({ '.gitlab-ci.yml': 'a:\n  script: x\n  trigger: p' });
  expect((await compilePipeline(repository.folder)).problems).toMatchObject([
    {
      code: 'PIPELINE_UNSUPPORTED',
      line: 3,
      message: '.gitlab-ci.yml:3: jobs:a: `trigger` is not supported locally yet',
    },
    { code: 'PIPELINE_INVALID', line: 3 },
  ]);
  await repository.remove();
});

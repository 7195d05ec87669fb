import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect } from 'vitest';
import type { HarrierApp } from '../../src-main/app/types.ts';
import { createTestApp } from '../support/app.ts';
import { describeWith, itWith } from '../support/require.ts';

/** LOG8, LOG9: what the window asks for, with a pipeline that really ran and a program in the editor's place. */
describeWith(['bash', 'git'], 'files and logs in the editor', () => {
  let folder = '';
  let app: HarrierApp | undefined;
  afterEach(async () => {
    await app?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  itWith('posix', 'a path as the job knows it means the file that was pushed from; a log becomes a text', async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'harrier-files-')));
    const code = join(folder, 'code');
    mkdirSync(join(code, 'src'), { recursive: true });
    writeFileSync(join(code, 'src/a.sh'), 'echo');
    writeFileSync(
      join(code, '.gitlab-ci.yml'),
      `check:\n  script:\n    - 'printf "%s/src/a.sh:2:1: broken\\n" "$CI_PROJECT_DIR"; printf "\\033[31mred\\033[0m\\n"; exit 3'\n`,
    );
    const identity = ['-c', 'user.name=Mira', '-c', 'user.email=mira@example.com'];
    for (const args of [
      ['init', '--quiet'],
      ['add', '--all'],
      [...identity, 'commit', '--quiet', '--message', 'First'],
    ])
      execFileSync('git', args, { cwd: code });
    const editor = join(folder, 'editor');
    writeFileSync(
      editor,
      `#!/bin/sh\nprintf '%s' "$1" > '${folder}/told.new'\nmv '${folder}/told.new' '${folder}/told'\n`,
    );
    chmodSync(editor, 0o700);
    writeFileSync(join(folder, 'config.toml'), `[harrier]\neditor = "${editor}"\n`, { mode: 0o600 });
    app = await createTestApp(folder);
    expect(app.snapshot().host.editor).toBe('editor');
    const { pipeline } = await app.handlers['pipeline.run']({ folder: code });
    const job = () => app?.snapshot().jobs.find((each) => each.pipeline === pipeline);
    await expect.poll(() => job()?.state, { timeout: 20_000 }).toBe('failed');
    const key = job()?.key ?? '';
    const log = async (): Promise<string> => {
      const { data } = (await app?.handlers['trace.read']({ job: key, start: 0, length: 100_000 })) ?? { data: '' };
      return Buffer.from(data, 'base64').toString();
    };
    const path = /(\/\S+\/src\/a\.sh):2:1: broken/.exec(await log())?.[1] ?? '';
    expect(path).not.toContain(code);
    const told = () => (existsSync(join(folder, 'told')) ? readFileSync(join(folder, 'told'), 'utf8') : '');
    await app.handlers['file.open']({ job: key, path, line: 2, column: 1 });
    await expect.poll(told).toBe(join(code, 'src/a.sh'));
    await app.handlers['trace.open']({ job: key });
    await expect.poll(told).toMatch(/log\.txt$/);
    expect(readFileSync(told(), 'utf8')).toMatch(/^red\n[\s\S]*ERROR: Job failed: exit/m);
    expect(readFileSync(told(), 'utf8')).not.toMatch(/\x1b|section_/);
    expect(statSync(told()).mode & 0o777).toBe(0o600);
  });
});

import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { setValue } from '../../src-shared/toml/edit.ts';
import { valueAt, valuesOf } from '../../src-shared/toml/values.ts';
import { loadConfig } from '../config/index.ts';
import type { LoadedConfig } from '../engine/index.ts';
import { createConfigEditor } from './config-editor.ts';
import { executorRefusal } from './executors.ts';

const token = 'glrt-t3_planted-one-7Kfa';
const start = `# top\nconcurrent = 2\n\n# mine\n[[runners]]\n\tname = "a"\n\turl = "https://gitlab.test"\n\ttoken = "${token}"\n\texecutor = "shell"\n\tenvironment = ["A=planted-a"]\n`;

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'harrier-editor-'));
  path = join(folder, 'config.toml');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (text?: string) => {
  if (text !== undefined) writeFileSync(path, text);
  let current: LoadedConfig = { config: {}, runnerProblems: [], warnings: [] };
  return createConfigEditor({
    configPath: path,
    env: { SET: 'https://set.test' },
    now: () => Date.parse('2026-01-01T00:00:00Z'),
    reload: async () => {
      current = await loadConfig(path, {});
    },
    current: () => current,
    machineFindings: async () => [],
    refusalOf: executorRefusal,
  }).handlers;
};
const onDisk = (): string => readFileSync(path, 'utf8');

describe('read', () => {
  it('gives the text without secrets, its findings, and the keys of its runners', async () => {
    const file = await open(start)['config.read']({});
    expect(JSON.stringify(file)).not.toContain('planted');
    expect(file).toMatchObject({ path, exists: true, findings: [] });
    expect(file.text).toMatch(/token = "glrt-[•∙]{16}7Kfa"/);
    expect(file.runners).toEqual([expect.stringMatching(/^[0-9a-f]{10}$/)]);
  });

  it('two entries with one token have two keys, as in the list of runners', async () => {
    const { runners } = await open(start + start.slice(start.indexOf('[[runners]]')))['config.read']({});
    expect(runners).toEqual([runners[0], `${runners[0]}.2`]);
  });

  it('a file that is too long for a message says so', async () => {
    await expect(open('#'.repeat(100_001))['config.read']({})).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
  });

  it('a file that is not there is an empty one; one that is no text says so', async () => {
    expect(await open()['config.read']({})).toMatchObject({ exists: false, text: '', findings: [] });
    writeFileSync(path, Buffer.from([0x61, 0xff, 0xfe]));
    await expect(open()['config.read']({})).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

describe('check', () => {
  it.each([
    { why: 'no TOML', text: 'a =', found: { level: 'file', line: 1 } },
    {
      why: 'a wrong global key',
      text: 'concurrent = 0',
      found: { level: 'file', path: ['concurrent'], line: 1, column: 1 },
    },
    {
      why: 'a wrong key of a runner',
      text: start.replace('executor', 'limit = "x"\n\texecutor'),
      found: { level: 'runner', path: ['runners', 0, 'limit'], line: 9, column: 2 },
    },
    {
      why: 'a runner without address',
      text: start.replace('https://gitlab.test', ''),
      found: { level: 'runner', path: ['runners', 0, 'url'] },
    },
    {
      why: 'an executor that is not there',
      text: start.replace('"shell"', '"kubernetes"'),
      found: { level: 'runner', path: ['runners', 0, 'executor'], line: 9 },
    },
    {
      why: 'an unknown key and what was meant',
      text: `concurent = 1\n${start}`,
      found: { level: 'warning', line: 1, fix: { kind: 'rename', name: 'concurrent' } },
    },
    {
      why: 'a value that was nearly right',
      text: start.replace('"shell"', '"shel"'),
      found: { level: 'runner', fix: { kind: 'value', value: 'shell' } },
    },
    {
      why: 'a variable that is not set',
      text: start.replace('https://gitlab.test', '$MISSING'),
      found: { level: 'runner', message: expect.stringContaining('$MISSING is not set') },
    },
  ])('$why', async ({ text, found }) => {
    const { findings } = await open(start)['config.check']({ text, revision: '' });
    expect(findings[0]).toMatchObject(found);
  });

  it('a placeholder that was changed in part is named with its line, and cannot be saved', async () => {
    const editor = open(start);
    const { text, revision } = await editor['config.read']({});
    const cut = text.replace('7Kfa', '7Kfb');
    expect((await editor['config.check']({ text: cut, revision })).findings[0]).toMatchObject({
      level: 'file',
      line: 8,
    });
    await expect(editor['config.save']({ text: cut, revision })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('line 8'),
    });
    expect(onDisk()).toBe(start);
  });

  it('keeps the draft until it is saved or thrown away; a token typed in it is hidden when it comes back', async () => {
    const editor = open(start);
    const { text, revision } = await editor['config.read']({});
    await editor['config.check']({ text: text.replace(/"glrt-.*"/, '"glrt-typed-planted"'), revision });
    const { draft } = await editor['config.read']({});
    expect(JSON.stringify(draft)).not.toContain('planted');
    expect(draft).toMatchObject({ base: text, revision });
    const saved = await editor['config.save']({ text: draft?.text ?? '', revision });
    expect(saved.state).toBe('saved');
    expect(onDisk()).toBe(start.replace(token, 'glrt-typed-planted'));
    expect((await editor['config.read']({})).draft).toBeUndefined();
  });
});

describe('save', () => {
  it('changes what was changed, tells from when it counts, and keeps the old file', async () => {
    const editor = open(start);
    const { text, revision } = await editor['config.read']({});
    const saved = await editor['config.save']({ text: text.replace('= 2', '= 3').replace('"a"', '"b"'), revision });
    expect(saved).toMatchObject({
      state: 'saved',
      effects: [
        { when: 'now', change: 'set', key: 'concurrent' },
        { when: 'now', change: 'set', key: 'name', runner: 'b' },
      ],
      failed: [],
    });
    expect(JSON.stringify(saved)).not.toContain('planted');
    expect(onDisk()).toBe(start.replace('= 2', '= 3').replace('"a"', '"b"'));
    expect(readFileSync(`${path}.bak`, 'utf8')).toBe(start);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('a runner that does not work is told; the file is saved', async () => {
    const editor = open(start);
    const { text, revision } = await editor['config.read']({});
    const saved = await editor['config.save']({
      text: text.replace('executor =', 'limit = "x"\n\texecutor ='),
      revision,
    });
    expect(saved).toMatchObject({ failed: [{ runner: 'a', message: expect.stringContaining('limit must be') }] });
  });

  it('refuses what could not be loaded; the file stays', async () => {
    const editor = open(start);
    const { text, revision } = await editor['config.read']({});
    await expect(editor['config.save']({ text: `${text}\nx =`, revision })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/config\.toml:12:/),
    });
    expect(onDisk()).toBe(start);
  });

  it('another program was first: a conflict with its text, and nothing is written', async () => {
    const editor = open(start);
    const { text, revision } = await editor['config.read']({});
    const theirs = start.replace('= 2', '= 9');
    writeFileSync(path, theirs);
    const answer = await editor['config.save']({ text: `${text}# mine\n`, revision });
    expect(answer).toMatchObject({ state: 'conflict', file: { text: text.replace('= 2', '= 9') } });
    expect(onDisk()).toBe(theirs);
    expect(JSON.stringify(answer)).not.toContain('planted');
  });

  it('after a restart an open window is told of a conflict, whatever the file says', async () => {
    const { text, revision } = await open(start)['config.read']({});
    const again = open();
    expect(await again['config.save']({ text, revision })).toMatchObject({ state: 'conflict' });
    expect(onDisk()).toBe(start);
  });

  it('nothing changed, nothing is written; behind a link the file itself is replaced', async () => {
    const real = join(folder, 'real.toml');
    writeFileSync(real, start);
    symlinkSync(real, path);
    const editor = open();
    const { text, revision } = await editor['config.read']({});
    const before = statSync(real).mtimeMs;
    expect(await editor['config.save']({ text, revision })).toMatchObject({ state: 'saved', effects: [] });
    expect(statSync(real).mtimeMs).toBe(before);
    await editor['config.save']({ text: text.replace('= 2', '= 3'), revision });
    expect(readFileSync(real, 'utf8')).toBe(start.replace('= 2', '= 3'));
  });

  it('any style of file comes back with the edited line changed and no other', async () => {
    const comments = fc.constantFrom('', '# note', '\t# note', '   ');
    const lines = fc.array(comments, { maxLength: 3 });
    const style = fc.record({
      above: lines,
      between: lines,
      ends: fc.infiniteStream(fc.constantFrom('\n', '\r\n')).map((stream) => [...stream.take(40)]),
      mark: fc.boolean(),
      indent: fc.constantFrom('', '\t', '    '),
      quote: fc.constantFrom('"', "'"),
      limit: fc.integer({ min: 10, max: 99 }),
    });
    await fc.assert(
      fc.asyncProperty(style, async ({ above, between, ends, mark, indent, quote, limit }) => {
        const rows = [
          ...above,
          'concurrent = 1',
          ...between,
          '[[runners]]',
          `${indent}token = ${quote}${token}${quote}`,
          `${indent}limit = 1 # one`,
          ...between,
          `${indent}environment = [`,
          `${indent}  ${quote}A=planted${quote}, # why`,
          `${indent}]`,
        ];
        const file = (mark ? '\uFEFF' : '') + rows.map((row, index) => row + (ends[index] ?? '\n')).join('');
        const editor = open(file);
        const { text, revision } = await editor['config.read']({});
        expect(text).not.toContain('planted');
        await editor['config.save']({ text: setValue(['runners', 0, 'limit'], limit)(text), revision });
        expect(onDisk()).toBe(file.replace('limit = 1', `limit = ${limit}`));
        expect(valueAt(valuesOf(onDisk().replace(/^\uFEFF/, '')), ['runners', 0, 'limit'])).toBe(limit);
      }),
      { numRuns: 100 },
    );
  });
});

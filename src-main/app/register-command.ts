import { HarrierError } from '../../src-shared/errors.ts';
import type { CallOutput } from '../../src-shared/ipc.ts';
import { type Flag, parseFlags } from '../base/flags.ts';
import { registerFlags, settingsOf } from './register-flags.ts';

/** Flags about how the command itself works: they say nothing about the runner. */
const aboutTheCommand = ['non-interactive', 'leave-runner', 'template-config'];
const configFlag: Flag = { names: ['config', 'c'], kind: 'text' };
const flags: readonly Flag[] = [configFlag, ...registerFlags];

/**
 * Reads a pasted `gitlab-runner register …` (or `harrier register …`), whatever stands in front of it (`sudo`, `docker
 * run …`, variables). Flags that are not known are named, flags that mean nothing here too. Throws INPUT_INVALID for
 * text that is no such command, and for a value that its flag cannot have.
 */
export function readRegisterCommand(text: string): CallOutput<'register.read'> {
  const words = shellWords(text);
  const at = words.findIndex((word, index) => word === 'register' && isProgram(words[index - 1]));
  if (at === -1) throw new HarrierError('INPUT_INVALID', 'this is no gitlab-runner register command');
  const end = words.findIndex((word, index) => index > at && /^(?:&&|\|\|?|;|>)$/.test(word));
  const env = Object.fromEntries(
    words.slice(0, at).flatMap((word) => {
      const match = /^([A-Z][A-Z0-9_]*)=([\s\S]*)$/.exec(word);
      return match ? [[match[1] ?? '', match[2] ?? '']] : [];
    }),
  );
  const unknown: string[] = [];
  const parsed = parseFlags(flags, words.slice(at + 1, end === -1 ? undefined : end), env, (name) =>
    unknown.push(`--${name}`),
  );
  const text_ = (name: string): string | undefined => parsed.text(name)?.trim() || undefined;
  const timeout = parsed.integer('maximum-timeout') ?? 0;
  return {
    url: text_('url'),
    token: text_('token') ?? text_('registration-token'),
    name: text_('name'),
    executor: text_('executor'),
    settings: settingsOf(parsed),
    server: {
      ...(text_('tag-list') !== undefined ? { tags: splitTags(text_('tag-list') ?? '') } : {}),
      ...(parsed.boolean('run-untagged') !== undefined ? { runUntagged: parsed.boolean('run-untagged') } : {}),
      ...(parsed.boolean('locked') !== undefined ? { locked: parsed.boolean('locked') } : {}),
      ...(parsed.boolean('paused') !== undefined ? { paused: parsed.boolean('paused') } : {}),
      ...(text_('access-level') === 'ref_protected' ? { protectedOnly: true } : {}),
      ...(timeout > 0 ? { maximumTimeout: timeout } : {}),
      ...(text_('maintenance-note') !== undefined ? { note: text_('maintenance-note') } : {}),
    },
    unknown: [...unknown, ...parsed.rest],
    ignored: ['config', ...aboutTheCommand].filter((name) => parsed.values.has(name)).map((name) => `--${name}`),
  };
}

const isProgram = (word: string | undefined): boolean =>
  /(?:^|[/\\])(?:gitlab-runner|harrier)(?:[:@][\w.-]+)?(?:\.exe)?$/i.test(word ?? '');
const splitTags = (text: string): string[] =>
  text
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');

/**
 * The words of a command as a shell would cut it: quotes, and lines that go on behind `\`, `^` or a backtick. A
 * backslash elsewhere is one of a Windows path unless it stands before a blank or a quote. Nothing is expanded.
 */
function shellWords(text: string): string[] {
  const joined = text.replace(/[\\^`][ \t]*\r?\n/g, ' ');
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < joined.length; at += 1) {
    const character = joined[at] ?? '';
    if (character === '\\' && quote !== "'" && /["' \\]/.test(joined[at + 1] ?? '')) {
      word = (word ?? '') + (joined[(at += 1)] ?? '');
    } else if (quote !== undefined) {
      if (character === quote) quote = undefined;
      else word = (word ?? '') + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  return word === undefined ? words : [...words, word];
}

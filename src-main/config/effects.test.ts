import { expect, it } from 'vitest';
import { valuesOf } from '../../src-shared/toml/values.ts';
import { type Effect, effectsOf } from './effects.ts';

const runner = (name: string, rest = ''): string =>
  `[[runners]]\nname = "${name}"\nurl = "https://g"\ntoken = "${name}"\n${rest}\n`;

it.each<{ why: string; before: string; after: string; effects: Effect[] }>([
  { why: 'nothing changed', before: 'concurrent = 1', after: 'concurrent = 1 # x', effects: [] },
  {
    why: 'globals count at once, what is read once after a restart',
    before: 'concurrent = 1\nlog_level = "info"',
    after: 'concurrent = 2\n[session_server]\nlisten_address = "x:1"',
    effects: [
      { when: 'now', change: 'set', key: 'concurrent' },
      { when: 'now', change: 'unset', key: 'log_level' },
      { when: 'restart', change: 'set', key: 'session_server.listen_address' },
    ],
  },
  {
    why: 'what the poller reads counts at once, what jobs read with the next one',
    before: runner('a', 'limit = 1\n[runners.docker]\nimage = "x"'),
    after: runner('a', 'limit = 2\n[runners.docker]\nimage = "y"'),
    effects: [
      { when: 'now', change: 'set', key: 'limit', runner: 'a' },
      { when: 'nextJob', change: 'set', key: 'docker.image', runner: 'a' },
    ],
  },
  {
    why: 'unknown keys and keys without effect',
    before: runner('a'),
    after: runner('a', 'nonsense = 1\nproxy_exec = true\n[runners.feature_flags]\nFF_X = true'),
    effects: [
      { when: 'never', change: 'set', key: 'nonsense', runner: 'a' },
      { when: 'never', change: 'set', key: 'proxy_exec', runner: 'a' },
      { when: 'nextJob', change: 'set', key: 'feature_flags.FF_X', runner: 'a' },
    ],
  },
  {
    why: 'a runner with another token is the same by its name; order is no edit',
    before: runner('a') + runner('b'),
    after: runner('b') + runner('a').replace('token = "a"', 'token = "new"'),
    effects: [
      { when: 'now', change: 'set', key: 'token', runner: 'a' },
      { when: 'now', change: 'moved' },
    ],
  },
  {
    why: 'runners that came and went',
    before: runner('a') + runner('b'),
    after: runner('b') + runner('c'),
    effects: [
      { when: 'now', change: 'removed', runner: 'a' },
      { when: 'now', change: 'added', runner: 'c' },
    ],
  },
  {
    why: 'a new name alone is a new name',
    before: runner('a'),
    after: runner('a').replace('name = "a"', 'name = "z"'),
    effects: [{ when: 'now', change: 'set', key: 'name', runner: 'z' }],
  },
])('$why', ({ before, after, effects }) => {
  expect(effectsOf(valuesOf(before), valuesOf(after))).toEqual(effects);
});

import { afterEach, expect, it, vi } from 'vitest';
import { isRequired, tool } from './require.ts';

afterEach(() => vi.unstubAllEnvs());

it('finds a program of PATH and says why another is missing', () => {
  expect(tool('node')).toMatchObject({ available: true, reason: '' });
  expect(tool('no-such-program-xyz')).toEqual({
    name: 'no-such-program-xyz',
    available: false,
    reason: 'no no-such-program-xyz in PATH',
  });
});

it.each([
  { why: 'nothing is required by default', list: '', name: 'docker', required: false },
  { why: 'a listed name is', list: 'sshd, docker', name: 'docker', required: true },
  { why: 'another one is not', list: 'docker', name: 'sshd', required: false },
  { why: 'all means all', list: 'all', name: 'pwsh', required: true },
])('$why', ({ list, name, required }) => {
  vi.stubEnv('HARRIER_REQUIRE', list);
  expect(isRequired(name)).toBe(required);
});

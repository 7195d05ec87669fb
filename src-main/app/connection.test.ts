import { expect, it } from 'vitest';
import { itWith } from '../../test/support/require.ts';
import { connectionOf } from './connection.ts';
import { drainTimeoutMs } from './drain-timeout.ts';

itWith(
  'posix',
  'certificates by host name are looked for beside the file, then where the official runner has them',
  () => {
    const { certificateFolders } = connectionOf({ url: 'https://h' }, '/x/config.toml', { HOME: '/home/me' });
    const official = process.getuid?.() === 0 ? '/etc/gitlab-runner/certs' : '/home/me/.gitlab-runner/certs';
    expect(certificateFolders).toEqual(['/x/certs', official]);
  },
);

it.each([
  { why: 'absent: as the connection has it', maxAge: undefined, ms: undefined },
  { why: 'as Go writes it', maxAge: '15m0s', ms: 900_000 },
  { why: 'never', maxAge: '0', ms: 0 },
])('connection_max_age, $why', ({ maxAge, ms }) => {
  expect(connectionOf({ url: 'https://h' }, undefined, {}, { connection_max_age: maxAge }).connectionMaxAgeMs).toBe(ms);
});

it('drain_timeout: ten minutes unless the file says another', () => {
  expect(drainTimeoutMs({ runners: [] })).toBe(600_000);
  expect(drainTimeoutMs({ runners: [], harrier: { drain_timeout: '1h30m' } })).toBe(5_400_000);
});

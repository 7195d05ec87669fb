import { userInfo } from 'node:os';
import { expect, it } from 'vitest';
import { itWith } from '../../../test/support/require.ts';
import { findUser } from './other-user.ts';

it('whoever started Harrier is no other user', () => {
  expect(findUser('')).toBeUndefined();
  expect(findUser(userInfo().username)).toBeUndefined();
});

itWith(['posix', 'root'], 'a user that is not there is refused, and no name reaches a shell', () => {
  for (const name of ['no-such-user-here', '$(touch /tmp/x)', '-u', '0'])
    expect(() => findUser(name)).toThrow(`--user ${name}: there is no such user on this machine`);
});

import { describe, expect, it } from 'vitest';
import { parseKnownHosts } from './known-hosts.ts';

const key = Buffer.from('a key');
const other = Buffer.from('another key');
const encoded = key.toString('base64');
const problem = (text: string, host = 'build.example', port = 22, shown = key): string | undefined =>
  parseKnownHosts(text, 'FILE').problem({ host, port }, shown);

describe('known hosts', () => {
  it.each([
    { why: 'a plain name', text: `build.example ssh-ed25519 ${encoded}` },
    { why: 'one of several names, whatever its case', text: `a,BUILD.example,b ssh-ed25519 ${encoded} comment` },
    { why: 'a pattern', text: `*.example ssh-ed25519 ${encoded}` },
    {
      why: 'a name that is hashed',
      // ssh-keygen -H of `build.example`
      text: `|1|TrMzUYraORMNE4l5f6Xuo4fun/0=|lZumSujtLR1tYJBhtmPvboIf8ZA= ssh-ed25519 ${encoded}`,
    },
    { why: 'one of several keys', text: `build.example ssh-rsa AAAA\nbuild.example ssh-ed25519 ${encoded}` },
    { why: 'another port', text: `[build.example]:2222 ssh-ed25519 ${encoded}`, port: 2222 },
  ])('$why is known', ({ text, port }) => {
    expect(problem(text, 'build.example', port)).toBeUndefined();
  });

  it.each([
    { why: 'a name that is left out', text: `*.example,!build.example ssh-ed25519 ${encoded}`, says: 'key is unknown' },
    {
      why: 'the same host at another port',
      text: `[build.example]:2222 ssh-ed25519 ${encoded}`,
      says: 'key is unknown',
    },
    { why: 'a dot is no pattern', text: `buildxexample ssh-ed25519 ${encoded}`, says: 'key is unknown' },
    { why: 'a key that was withdrawn', text: `@revoked * ssh-ed25519 ${encoded}`, says: 'key is revoked (FILE:1)' },
    { why: 'an authority', text: `@cert-authority * ssh-ed25519 ${encoded}`, says: 'key is unknown' },
    { why: 'nothing but remarks', text: '# build.example\n\nbroken line', says: 'key is unknown' },
  ])('$why: refused', ({ text, says }) => {
    expect(problem(text)).toContain(`knownhosts: ${says}`);
  });

  it('says which line has another key', () => {
    const text = `# first\nbuild.example ssh-ed25519 ${encoded}\n`;
    expect(problem(text, 'build.example', 22, other)).toMatch(
      /knownhosts: key mismatch .* FILE line 2 has another one/,
    );
    expect(parseKnownHosts(text, 'FILE').types({ host: 'build.example', port: 22 })).toEqual(['ssh-ed25519']);
  });
});

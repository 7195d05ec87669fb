import { describe, expect, it } from 'vitest';
import { readRegisterCommand } from './register-command.ts';

const empty = { settings: {}, server: {}, unknown: [], ignored: [] };

describe('a pasted register command', () => {
  it.each([
    {
      why: "GitLab's own page",
      text: 'gitlab-runner register \\\n  --url https://gitlab.com \\\n  --token glrt-abc',
      found: { ...empty, url: 'https://gitlab.com', token: 'glrt-abc' },
    },
    {
      why: 'quotes, equals, sudo, a flag of a table',
      text: 'sudo gitlab-runner register -n --url="https://g.example/" --token=\'glrt-x\' --executor "docker" --docker-image ruby:3 --docker-volumes /a:/b --docker-volumes /c',
      found: {
        ...empty,
        url: 'https://g.example/',
        token: 'glrt-x',
        executor: 'docker',
        settings: { docker: { image: 'ruby:3', volumes: ['/a:/b', '/c'] } },
        ignored: ['--non-interactive'],
      },
    },
    {
      why: 'short flags and the old way with what GitLab keeps',
      text: 'gitlab-runner.exe register -u https://g -r GR1348941abc --description "my mac" --tag-list "a, b" --run-untagged --locked=false --access-level=ref_protected --maximum-timeout 3600',
      found: {
        ...empty,
        url: 'https://g',
        token: 'GR1348941abc',
        name: 'my mac',
        server: { tags: ['a', 'b'], runUntagged: true, locked: false, protectedOnly: true, maximumTimeout: 3600 },
      },
    },
    {
      why: 'PowerShell line ends and a Windows path',
      text: '.\\gitlab-runner.exe register `\r\n --url https://g `\r\n --token glrt-x --builds-dir C:\\builds --config C:\\GitLab-Runner\\config.toml',
      found: {
        ...empty,
        url: 'https://g',
        token: 'glrt-x',
        settings: { builds_dir: 'C:\\builds' },
        ignored: ['--config'],
      },
    },
    {
      why: 'in a container, and a command behind it',
      text: 'docker run --rm -v /srv:/etc/gitlab-runner gitlab/gitlab-runner:latest register --url https://g && echo done',
      found: { ...empty, url: 'https://g' },
    },
    {
      why: 'variables in front',
      text: 'CI_SERVER_URL=https://g RUNNER_NAME=desk gitlab-runner register',
      found: { ...empty, url: 'https://g', name: 'desk' },
    },
    {
      why: 'what is not understood is named with its value left out',
      text: 'gitlab-runner register --url https://g --colour red --brand-new --limit 3 stray',
      found: {
        ...empty,
        url: 'https://g',
        settings: { limit: 3 },
        unknown: ['--colour', '--brand-new', 'stray'],
      },
    },
  ])('$why', ({ text, found }) => expect(readRegisterCommand(text)).toEqual(found));

  it.each([
    ['gitlab-runner verify', 'no gitlab-runner register command'],
    ['https://gitlab.com', 'no gitlab-runner register command'],
    ['gitlab-runner register --limit many', '--limit must be a whole number'],
    ['gitlab-runner register --url', '--url needs a value'],
  ])('"%s" is refused: %s', (text, message) => expect(() => readRegisterCommand(text)).toThrow(message));
});

import { execFileSync } from 'node:child_process';
import { image, importImage, importImageWith } from '../../../src-main/executors/docker/testing/image.ts';
import type { Place } from '../types.ts';

/** busybox with this machine's git: all that helper stages need. */
const helperImage = 'harrier-test:git';

export const docker: Place = {
  executor: 'docker',
  needs: ['docker', 'busybox', 'git', 'linux'],
  differs: { services: 'runs', exitWords: 'exit code 3' },
  async open(_root, { token }) {
    await Promise.all([importImage(), importGitImage()]);
    const ours = `label=com.gitlab.gitlab-runner.runner.id=${token.slice('glrt-'.length)}`;
    const list = (kind: string, format: string, ...filters: string[]): string[] =>
      ask(kind, 'ls', '--filter', ours, ...filters, '--format', format);
    return {
      runner: { docker: { image, helper_image: helperImage, pull_policy: 'if-not-present', volumes: ['/cache'] } },
      host: ask('network', 'inspect', 'bridge', '--format', '{{(index .IPAM.Config 0).Gateway}}')[0] ?? '',
      payload: { image: { name: image } },
      leftovers: async () => [
        ...list('container', '{{.Names}}', '--all'),
        ...list('network', '{{.Name}}'),
        ...list('volume', '{{.Name}}', '--filter', 'label=com.gitlab.gitlab-runner.reusable=false'),
      ],
      async close() {
        const volumes = list('volume', '{{.Name}}');
        if (volumes.length > 0) ask('volume', 'rm', ...volumes);
      },
    };
  },
};

const ask = (...args: string[]): string[] =>
  execFileSync('docker', args, { encoding: 'utf8' }).split('\n').filter(Boolean);

const importGitImage = (): Promise<void> => {
  const exec = execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim();
  const git = execFileSync('which', ['git'], { encoding: 'utf8' }).trim();
  return importImageWith(helperImage, [git, `${exec}/git-remote-http`]);
};

import { image, importImage } from '../../../src-main/executors/docker/testing/image.ts';
import type { Place } from '../types.ts';
import { ask, bridgeAddress, gitImage, importGitImage } from './engine.ts';

export const docker: Place = {
  name: 'docker',
  executor: 'docker',
  needs: ['docker', 'busybox', 'git', 'linux'],
  differs: { services: 'runs', exitWords: 'exit code 3' },
  async open(_root, { token }) {
    await Promise.all([importImage(), importGitImage()]);
    const ours = `label=com.gitlab.gitlab-runner.runner.id=${token.slice('glrt-'.length)}`;
    const list = (kind: string, format: string, ...filters: string[]): string[] =>
      ask(kind, 'ls', '--filter', ours, ...filters, '--format', format);
    return {
      runner: { docker: { image, helper_image: gitImage, pull_policy: 'if-not-present', volumes: ['/cache'] } },
      host: bridgeAddress(),
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

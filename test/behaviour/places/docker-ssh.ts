import { image, importImage } from '../../../src-main/executors/docker/testing/image.ts';
import { openSshdImage, sshdImage } from '../../support/sshd-image.ts';
import type { Place } from '../types.ts';
import { ask, bridgeAddress } from './engine.ts';

/** Containers whose image starts this machine's sshd. */
export const dockerSsh: Place = {
  name: 'docker-ssh',
  executor: 'docker-ssh',
  needs: ['docker', 'busybox', 'git', 'sshd', 'ssh-keygen', 'bash', 'root', 'linux'],
  differs: { services: 'runs', exitWords: 'Process exited with status 3', cache: 'lost' },
  async open(root, { token }) {
    await importImage();
    const sshd = await openSshdImage(root);
    const ours = `label=com.gitlab.gitlab-runner.runner.id=${token.slice('glrt-'.length)}`;
    return {
      runner: { ssh: sshd.ssh, docker: { image, pull_policy: 'if-not-present', volumes: [...sshd.volumes] } },
      host: bridgeAddress(),
      payload: { image: { name: sshdImage, entrypoint: [...sshd.entrypoint] } },
      leftovers: async () =>
        ['container', 'network', 'volume'].flatMap((kind) =>
          ask(kind, 'ls', '--quiet', '--filter', ours, ...(kind === 'container' ? ['--all'] : [])),
        ),
      close: async () => {},
    };
  },
};

import { createOnDocker, type DockerExecutorDeps, dockerFeatures } from '../docker/executor.ts';
import { prepareWith } from '../docker/prepare.ts';
import { remoteTraits } from '../remote/traits.ts';
import type { Executor, ExecutorTraits } from '../types.ts';
import { assemble } from './assemble.ts';

const traits: ExecutorTraits = {
  ...remoteTraits,
  features: dockerFeatures,
  sharedEnvironment: false,
  sharedBuildsDir: false,
  customBuildDir: true,
  safeDirectory: true,
};

/** Runs jobs in containers whose image starts an SSH server. The official runner had this executor until 16.0. */
export const createDockerSshExecutor = (deps: DockerExecutorDeps): Executor => {
  const executor = createOnDocker('docker-ssh', traits, deps, (docker, request) =>
    prepareWith({ ...docker, buildsInHome: true }, request, assemble),
  );
  const { kept: _, ...rest } = executor;
  return { ...rest, traitsFor: () => traits };
};

import type { Client } from 'ssh2';
import { chosenEntrypoint } from '../docker/containers/entrypoint.ts';
import { containerEnv, containerSpec } from '../docker/containers/spec.ts';
import { EngineError } from '../docker/engine/types.ts';
import { sayUsing } from '../docker/images/resolve.ts';
import type { DockerJob } from '../docker/job.ts';
import { prepareSurroundings, type Surroundings } from '../docker/prepare.ts';
import { configurationError } from '../docker/settings.ts';
import { slotCgroup } from '../docker/slot-cgroup.ts';
import { createRemoteEnvironment, newMark } from '../remote/environment.ts';
import { jobFailureOf } from '../remote/failures.ts';
import { createMachine } from '../remote/machine.ts';
import { connectWithRetries } from '../remote/retry.ts';
import { addressOf, readLogin } from '../remote/settings.ts';
import { type Environment, JobFailure } from '../types.ts';

/** The build container with the command of its image, and the way into it (spec/executors.md 3.4). */
export async function assemble(job: DockerJob): Promise<Environment> {
  const { engine, clock, env, request, resources, names, settings } = job;
  const { log, runner } = request;
  log.warning('The docker-ssh executor is deprecated (the official runner has removed it): use docker where you can.');
  readLogin(runner, env);
  const around = await prepareSurroundings(job);
  try {
    const id = await startContainer(job, around);
    await around.servicesAnswer(async () => id);
    const host = (await engine.inspectContainer(id))?.addresses[0];
    if (host === undefined) throw await whyStopped(job, id);
    const login = readLogin(runner, env, { host });
    const client = await signIn(job, id, (signal) => connectWithRetries(login, { clock, log, signal, starting: true }));
    const machine = createMachine(() => connectWithRetries(login, { clock, log }), client);
    return createRemoteEnvironment(request, {
      machine,
      mark: newMark(),
      address: addressOf(login),
      hostname: settings.hostname || names.unique,
      onQuiet: job.onQuiet,
      async release() {
        around.stopFollowing();
        if (await resources.release()) job.onQuiet(resources.releaseLater(job.hurry));
      },
    });
  } catch (error) {
    around.stopFollowing();
    throw jobFailureOf(error);
  }
}

const startContainer = async (
  job: DockerJob,
  { network, volumes, images, extraHosts }: Surroundings,
): Promise<string> => {
  const { engine, settings, request, names, resources } = job;
  const image = await images.build();
  sayUsing(request.log, image);
  const cgroupParent = slotCgroup(request, settings, 'build');
  const entrypoint = chosenEntrypoint(request, settings);
  const spec = containerSpec({
    role: 'build',
    settings,
    name: names.build,
    hostname: settings.hostname || names.unique,
    labels: { ...job.extraLabels, ...job.labels('build') },
    image: { reference: image.reference, written: job.image },
    env: containerEnv(request),
    network,
    binds: volumes.binds,
    extraHosts,
    init: job.init,
    apiVersion: engine.info.apiVersion,
    ...(entrypoint !== undefined ? { entrypoint } : {}),
    ...(job.user !== undefined ? { user: job.user } : {}),
    ...(cgroupParent !== undefined ? { cgroupParent } : {}),
  });
  try {
    // With the engine's own log: what an image says that starts no server.
    const { LogConfig: _, ...host } = spec.HostConfig;
    const id = await engine.createContainer(names.build, { ...spec, HostConfig: host }, job.platform);
    resources.addContainer(id);
    await engine.startContainer(id);
    return id;
  } catch (error) {
    if (error instanceof EngineError && error.status === 400)
      throw configurationError(`start container ${names.build}: ${error.message}`, { cause: error });
    throw error;
  }
};

/** Ends the wait for sshd when the container does: its image starts none. */
const signIn = async (
  job: DockerJob,
  id: string,
  connect: (signal: AbortSignal) => Promise<Client>,
): Promise<Client> => {
  const stopped = new AbortController();
  const signal = AbortSignal.any([job.request.signal, stopped.signal]);
  void job.engine.waitContainer(id).then(
    async () => stopped.abort(await whyStopped(job, id)),
    () => {},
  );
  return connect(signal);
};

const whyStopped = async ({ engine, image }: DockerJob, id: string): Promise<JobFailure> => {
  const facts = await engine.inspectContainer(id);
  const said = await engine.logs(id, { timestamps: false, limitBytes: 500 }).catch(() => '');
  const how =
    facts === undefined
      ? 'was removed'
      : facts.status === 'running'
        ? 'has no address of its own'
        : `ended with exit code ${facts.exitCode}`;
  return new JobFailure(
    'runner_system_failure',
    `the container of ${image} ${how}: docker-ssh needs an image that starts an SSH server${said.trim() === '' ? '' : ` (${said.trim()})`}`,
  );
};

import { HarrierError } from '../../../src-shared/errors.ts';
import type { Environment, PrepareRequest } from '../types.ts';
import { jobKey } from './containers/labels.ts';
import { namesOf } from './containers/names.ts';
import { giveFilesToUser } from './containers/owner.ts';
import { createPair } from './containers/pair.ts';
import { mayPass } from './engine/passing.ts';
import { EngineError, endpointText } from './engine/types.ts';
import { createEnvironment } from './environment.ts';
import { createJobImages, type JobImages } from './images/job-images.ts';
import { sayUsing } from './images/resolve.ts';
import { createJob, type DockerDeps, type DockerJob } from './job.ts';
import { freeVolumes } from './kept.ts';
import { type JobNetwork, prepareNetwork } from './network.ts';
import {
  defineServices,
  followServices,
  hostsOf,
  isReachable,
  probeFromHere,
  probeFromInside,
  startServices,
  waitForServices,
} from './services/index.ts';
import { slotCgroup } from './slot-cgroup.ts';
import { createVolumes } from './volumes/create.ts';
import type { VolumePlan } from './volumes/plan.ts';

const probeTimeoutMs = 1000;

/** Everything up to the point where scripts can run (spec/executors.md 2.2); leaves nothing behind when it throws. */
export const prepareDocker: PrepareJob = (deps, request) => prepareWith(deps, request, assemble);

export type PrepareJob = (deps: DockerDeps, request: PrepareRequest) => Promise<Environment>;

/** The same for an environment that is put together in another way. */
export async function prepareWith(
  deps: DockerDeps,
  request: PrepareRequest,
  assembleJob: (job: DockerJob) => Promise<Environment>,
): Promise<Environment> {
  const own = namesOf(request);
  const names = { ...own, reusable: await freeVolumes(deps.engine, request, own.reusable) };
  const job = createJob(deps, request, names);
  try {
    return await assembleJob(job);
  } catch (error) {
    if (await job.resources.release()) job.onQuiet(job.resources.releaseLater(job.hurry));
    if (!(error instanceof EngineError) || mayPass(error)) throw error;
    const advice = adviceFor(error.message);
    if (advice !== undefined) request.log.warning(advice);
    throw new HarrierError('EXECUTOR_PREPARE', error.message, { cause: error });
  }
}

/** What a person can do about a refusal of the engine. */
const adviceFor = (message: string): string | undefined => {
  if (/no space left/i.test(message)) return 'Free space where the engine keeps its data: `harrier docker prune`.';
  if (/unable to apply caps|operation not permitted|permission denied/i.test(message))
    return 'The engine has not these rights itself: leave out privileged, cap_add, ulimit or the like.';
  if (/device driver/i.test(message)) return 'The engine has no driver for `gpus`: install its container toolkit.';
  return undefined;
};

/** What is around the containers in which scripts run. */
export interface Surroundings {
  readonly network: JobNetwork;
  readonly volumes: VolumePlan;
  readonly images: JobImages;
  readonly extraHosts: readonly string[];
  /** Settles when the services answer; where they cannot be reached from here, they are asked from that container. */
  readonly servicesAnswer: (container: () => Promise<string>) => Promise<void>;
  /** Ends what follows the services' logs. */
  readonly stopFollowing: () => void;
}

/** Says what is used, and makes network, volumes and services. `beforeVolumes`: what else must be there by then. */
export async function prepareSurroundings(
  job: DockerJob,
  beforeVolumes?: (images: JobImages) => Promise<void>,
): Promise<Surroundings> {
  const { engine, settings, clock, request, names, resources } = job;
  const { log, signal } = request;
  log.plain(`Using Docker executor with image ${job.image} ...`);
  if (settings.volume_keep)
    log.warning(
      'volume_keep is enabled: Docker volumes will not be removed after job completion and may accumulate on disk',
    );
  const { info, endpoint } = engine;
  request.onDetail?.(
    'engine',
    `${endpointText(endpoint)} (${info.podman ? 'Podman' : 'Docker'} ${info.serverVersion})`,
  );
  request.onDetail?.('image', job.image);
  await writeJournal(job);
  const network = await prepareNetwork(engine, settings, {
    perBuild: job.isFlag('FF_NETWORK_PER_BUILD'),
    name: names.network,
    labels: job.labels('network'),
    resources,
  });
  const images = createJobImages(job);
  await beforeVolumes?.(images);
  const volumes = await createVolumes(job);
  signal.throwIfAborted();

  const wanted = defineServices(request, settings, job.expand);
  if (wanted.length > 0) request.onDetail?.('services', wanted.map(({ image }) => image).join(', '));
  const services = await startServices(
    {
      ...job,
      log,
      images: images.any,
      network,
      binds: volumes.binds,
      cgroupParent: slotCgroup(request, settings, 'service'),
      onContainer: async (id) => resources.addContainer(id),
    },
    wanted,
  );
  const stopFollowing = job.isFlag('CI_DEBUG_SERVICES') ? await followServices({ engine, log }, services) : () => {};
  const direct = isReachable(
    engine,
    services.flatMap(({ facts }) => facts.addresses),
  );
  const wait = (probe: ReturnType<typeof probeFromHere>): Promise<void> =>
    waitForServices({ engine, clock, signal, probe, log }, services, settings.wait_for_services_timeout);
  // From here the services are seen at once; from inside only when a container of the job runs.
  const waiting = direct ? wait(probeFromHere(probeTimeoutMs)) : undefined;
  waiting?.catch(() => {});
  return {
    network,
    volumes,
    images,
    extraHosts: hostsOf(services),
    servicesAnswer: (container) => waiting ?? wait(probeFromInside(engine, container)),
    stopFollowing,
  };
}

async function assemble(job: DockerJob): Promise<Environment> {
  const { engine, settings, clock, request, names, resources } = job;
  const { log, signal } = request;
  const around = await prepareSurroundings(job, async (images) => void (await images.helper()));
  const { images, stopFollowing, network, volumes, extraHosts } = around;
  try {
    const helperImage = await images.helper();
    const buildImage = await images.build();
    if (!job.openUmask && !job.windows) log.plain('Not using umask - FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR is set!');
    signal.throwIfAborted();
    const pair = createPair(job, {
      images: { build: buildImage, helper: helperImage },
      network,
      volumes,
      extraHosts,
    });
    const helperId = await pair.start();
    await around.servicesAnswer(async () => helperId);
    return createEnvironment({
      engine,
      clock,
      log,
      resources,
      hostname: settings.hostname || names.unique,
      buildName: names.build,
      projectFolder: request.directories.project,
      memoryLimit: settings.memory,
      openUmask: job.openUmask,
      onClose: stopFollowing,
      hurry: job.hurry,
      onQuiet: job.onQuiet,
      open: (where) => pair.open(where),
      attempts: attemptsOf(request.variables),
      restarts: pair.restarts,
      onNew: (where, ids) => announce(job, { where, ids, images, buildImage: () => sayUsing(log, buildImage) }),
    });
  } catch (error) {
    stopFollowing();
    throw error;
  }
}

/** From 1 to 10; what is wrong with the text has been told before. */
const attemptsOf = (variables: PrepareRequest['variables']): number => {
  const text = variables.find(({ key }) => key === 'EXECUTOR_JOB_SECTION_ATTEMPTS')?.value ?? '';
  return /^[+-]?\d+$/.test(text) ? Math.min(Math.max(Number(text), 1), 10) : 1;
};

/** One entry for everything: what bears the label of this job is ours to remove. */
const writeJournal = async ({ engine, names, request }: DockerJob): Promise<void> => {
  await request.onHandle({
    kind: 'container',
    id: names.job,
    proof: `${jobKey}=${names.job}`,
    details: { engine: endpointText(engine.endpoint) },
  });
};

/** Before the first script of a container. */
const announce = async (
  job: DockerJob,
  {
    where,
    ids,
    images,
    buildImage,
  }: {
    readonly where: 'build' | 'helper';
    readonly ids: { readonly build: () => Promise<string>; readonly helper: () => Promise<string> };
    readonly images: JobImages;
    readonly buildImage: () => void;
  },
): Promise<void> => {
  if (where === 'helper') return void (await images.helper());
  buildImage();
  if (!job.openUmask && !job.windows)
    await giveFilesToUser(job, { build: await ids.build(), helper: await ids.helper() });
};

import type { ResolvedImage } from '../images/resolve.ts';
import type { DockerJob } from '../job.ts';
import type { JobNetwork } from '../network.ts';
import { createScriptContainer, hasKeeper, type Prepared } from '../session/launch.ts';
import type { Session } from '../session/types.ts';
import { slotCgroup } from '../slot-cgroup.ts';
import type { VolumePlan } from '../volumes/plan.ts';
import { chosenEntrypoint } from './entrypoint.ts';
import { projectFolderKey, volumesKey } from './labels.ts';
import { containerEnv, containerSpec, type SpecInput } from './spec.ts';

/** The two containers in which a job's scripts run. */
export interface Pair {
  /** Starts what can be started before the first script. Answers the helper's id. */
  start(): Promise<string>;
  /** The image's own entrypoint runs before each script, as when the official runner starts a stage. */
  readonly restarts: boolean;
  /** The container that was started early, the one that rests, else a new one. */
  open(role: SpecInput['role']): Promise<Session>;
}
export interface PairInput {
  readonly images: { readonly build: ResolvedImage; readonly helper: ResolvedImage };
  readonly network: JobNetwork;
  readonly volumes: VolumePlan;
  readonly extraHosts: readonly string[];
}

export function createPair(job: DockerJob, input: PairInput): Pair {
  const { engine, settings, clock, request, names, resources } = job;
  const early: Partial<Record<SpecInput['role'], Promise<Session>>> = {};
  const launch = { engine, clock, shell: request.shell, onContainer: resources.addContainer };
  const cgroupParent = slotCgroup(request, settings, 'build');
  const entrypoint = chosenEntrypoint(request, settings);
  const common = {
    settings,
    hostname: settings.hostname || names.unique,
    network: input.network,
    binds: input.volumes.binds,
    extraHosts: input.extraHosts,
    apiVersion: engine.info.apiVersion,
    ...(cgroupParent !== undefined ? { cgroupParent } : {}),
  };

  const createBuild = (): Promise<Prepared> =>
    createScriptContainer(launch, {
      name: names.build,
      keeper: { sharedProcesses: Boolean(settings.pid_mode) },
      ...(job.platform !== undefined ? { platform: job.platform } : {}),
      spec: (command) =>
        containerSpec({
          ...common,
          role: 'build',
          name: names.build,
          labels: {
            ...job.extraLabels,
            ...job.labels('build'),
            [projectFolderKey]: request.directories.project,
            [volumesKey]: names.reusable,
          },
          image: { reference: input.images.build.reference, written: job.image },
          command,
          env: containerEnv(request),
          init: job.init,
          ...(entrypoint !== undefined ? { entrypoint } : {}),
          ...(job.user !== undefined ? { user: job.user } : {}),
        }),
    });
  const createHelper = (joins?: string): Promise<Prepared> =>
    createScriptContainer(launch, {
      name: names.helper,
      keeper: { openUmask: job.openUmask, openFolders: input.volumes.create.map(({ destination }) => destination) },
      spec: (command) =>
        containerSpec({
          ...common,
          role: 'helper',
          name: names.helper,
          labels: { ...job.extraLabels, ...job.labels('predefined') },
          image: { reference: input.images.helper.reference, written: input.images.helper.name },
          command,
          env: [],
          init: false,
          ...(joins !== undefined ? { joins } : {}),
        }),
    });

  const quiet = (entrypoint ?? input.images.build.entrypoint).every((part) => part === '');
  let built: Prepared | undefined;
  const openBuild = async (): Promise<Session> => {
    // Gone: somebody has removed it, or it was of no more use.
    const rests = built !== undefined && (await engine.waitContainer(built.id)) !== undefined;
    if (!rests || built === undefined) built = await createBuild();
    return built.start();
  };

  return {
    restarts: !quiet,
    async start() {
      // An image's own entrypoint may look at the sources, so its container waits until they are there.
      if (!quiet || job.windows) {
        early.helper = (await createHelper()).start();
        return (await early.helper).containerId;
      }
      const build = await createBuild();
      const joinable = hasKeeper(request.shell) && !/^(?:host|none|container:)/.test(input.network.mode);
      const helper = await createHelper(joinable ? build.id : undefined);
      const started = build.start();
      early.build = started;
      early.helper = joinable ? started.then(() => helper.start()) : helper.start();
      early.helper.catch(() => {});
      const [, session] = await Promise.all([early.build, early.helper]);
      return session.containerId;
    },
    async open(role) {
      const known = early[role];
      delete early[role];
      if (known !== undefined) return known;
      return role === 'build' ? openBuild() : (await createHelper()).start();
    },
  };
}

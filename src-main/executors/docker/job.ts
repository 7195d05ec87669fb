import type { Clock } from '../../base/clock.ts';
import type { PrepareRequest } from '../types.ts';
import { jobKey, type LabelType, labelsOf } from './containers/labels.ts';
import type { Names } from './containers/names.ts';
import { chooseUser } from './containers/user.ts';
import type { Engine } from './engine/types.ts';
import { createExpand, isOn } from './expand.ts';
import { checkAllowed } from './images/allowed.ts';
import { processKey, processLabel } from './process-label.ts';
import { createResources, type Resources } from './resources.ts';
import { configurationError, type DockerSettings } from './settings.ts';

export interface DockerDeps {
  readonly engine: Engine;
  readonly settings: DockerSettings;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly hostname: string;
  /** Ends the wait for an engine that does not answer: Harrier is about to end. */
  readonly hurry: AbortSignal;
  /** Hears of the removal of what a job has left behind. */
  readonly onQuiet: (work: Promise<void>) => void;
  /** The builds lie in the home folder of the build container, not in a volume: sshd there leads to it. */
  readonly buildsInHome?: boolean;
}
/** What all steps of one job share. Making it touches nothing on the engine. */
export interface DockerJob extends DockerDeps {
  readonly request: PrepareRequest;
  readonly names: Names;
  readonly resources: Resources;
  readonly labels: (type: LabelType, more?: Record<string, string>) => Record<string, string>;
  /** `container_labels`. */
  readonly extraLabels: Readonly<Record<string, string>>;
  readonly expand: (text: string) => string;
  readonly isFlag: (name: string) => boolean;
  readonly windows: boolean;
  /** The image of the job as written, variables replaced. */
  readonly image: string;
  readonly platform: string | undefined;
  readonly user: string | undefined;
  /** What the helper makes is open to every user. */
  readonly openUmask: boolean;
  /** `--init`. */
  readonly init: boolean;
}

/** Reads what the job and the config want. Throws for what cannot be, after it has said so in the log. */
export function createJob(deps: DockerDeps, request: PrepareRequest, names: Names): DockerJob {
  const { engine, settings } = deps;
  const { log, appLog, job, variables, directories } = request;
  const expand = createExpand(variables);
  const windows = engine.info.osType === 'windows';
  if (deps.buildsInHome !== true) checkBuildsDir(directories.builds, windows);

  // A name that is there and turns out empty is a mistake: the runner's own image would run what was meant for another.
  const written = job.image?.name ?? '';
  const image = expand(written || (settings.image ?? ''));
  if (image === '')
    throw configurationError(
      written === ''
        ? 'no Docker image specified to run the build in'
        : `invalid reference format: nothing is left of the image "${written}" once its variables are replaced`,
    );
  const own = settings.image === undefined ? {} : { own: expand(settings.image) };
  checkAllowed(image, { kind: 'images', patterns: settings.allowed_images, log, ...own });

  const official = labelsOf(request);
  const platform = job.image?.executor_opts?.docker?.platform;
  const isFlag = (name: string): boolean => isOn(variables, name);
  return {
    ...deps,
    request,
    names,
    resources: createResources(engine, { clock: deps.clock, log, appLog, keepVolumes: settings.volume_keep }),
    labels: (type, more) => ({
      ...official(type, more),
      [jobKey]: names.job,
      [processKey]: processLabel(deps.hostname),
    }),
    extraLabels: Object.fromEntries(
      Object.entries(settings.container_labels).map(([name, text]) => [name, expand(text)]),
    ),
    expand,
    isFlag,
    windows,
    image,
    platform: platform ? expand(platform) : undefined,
    user: chooseUser(request, settings, expand),
    openUmask: !windows && !isFlag('FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR'),
    init: isFlag('FF_USE_INIT_WITH_DOCKER_EXECUTOR'),
  };
}

const checkBuildsDir = (builds: string, windows: boolean): void => {
  const absolute = windows ? /^[A-Za-z]:[\\/]/.test(builds) : builds.startsWith('/');
  if (!absolute) throw configurationError('build directory needs to be an absolute path');
  if (/^(?:\/|[A-Za-z]:[\\/])$/.test(builds)) throw configurationError('build directory needs to be a non-root path');
};

import type { DockerJob } from '../job.ts';
import { createCredentials } from './credentials/find.ts';
import { defaultHelperImage } from './helper.ts';
import { createImages, type ResolvedImage, type WantedImage } from './resolve.ts';

/** The images of one job; each look is said in the log, as the official runner says it. */
export interface JobImages {
  build(): Promise<ResolvedImage>;
  helper(): Promise<ResolvedImage>;
  any(wanted: WantedImage): Promise<ResolvedImage>;
}

export function createJobImages(job: DockerJob): JobImages {
  const { engine, settings, clock, request, env, expand } = job;
  const { log, signal, shell } = request;
  const any = createImages({
    engine,
    settings,
    log,
    clock,
    signal,
    credentials: createCredentials(request, env),
    onDetail: request.onDetail,
  });
  const standard = defaultHelperImage(engine.info, { flavor: settings.helper_image_flavor, shell: shell.name });
  const own = expand(settings.helper_image ?? '');
  return {
    any,
    build: () =>
      any({
        name: job.image,
        policies: request.job.image?.pull_policy ?? [],
        ...(job.platform !== undefined ? { platform: job.platform } : {}),
      }),
    async helper() {
      if (own !== '') {
        log.plain(`Using helper image:  ${own}  (overridden, default would be  ${standard} )`);
        return any({ name: own });
      }
      // The default one never changes under its name: what is here is taken, whatever the policy says.
      const present = await engine.inspectImage(standard);
      if (present !== undefined) return { ...present, name: standard, reference: present.digests[0] ?? present.id };
      log.plain(`Using helper image:  ${standard}`);
      return any({ name: standard });
    },
  };
}

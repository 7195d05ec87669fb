import type { BuildLog } from '../../../base/build-log.ts';
import type { createImages } from '../images/resolve.ts';
import type { ServiceDefinition } from './definition.ts';
import { type HealthDeps, waitForService } from './health.ts';
import { reportService } from './report.ts';
import { type RunningService, type ServiceDeps, startService } from './start.ts';

export { defineServices } from './definition.ts';
export { followServices } from './follow.ts';
export { probeFromHere } from './health.ts';
export { isReachable, probeFromInside } from './probe-inside.ts';
export { hostsOf, isUserDefined, type RunningService } from './start.ts';

const defaultTimeoutSeconds = 30;

/** Pulls one after another, so that the log keeps its order; the containers start together. */
export async function startServices(
  deps: ServiceDeps & { readonly log: BuildLog; readonly images: ReturnType<typeof createImages> },
  definitions: readonly ServiceDefinition[],
): Promise<RunningService[]> {
  const starting: Promise<RunningService>[] = [];
  try {
    for (const [index, service] of definitions.entries()) {
      const version = service.version.startsWith('@') ? service.version : `:${service.version}`;
      deps.log.plain(`Starting service ${service.service}${version}...`);
      const image = await deps.images({
        name: service.image,
        policies: service.policies,
        ...(service.platform !== undefined ? { platform: service.platform } : {}),
      });
      const start = startService(deps, service, { image, index });
      start.catch(() => {});
      starting.push(start);
    }
    return await Promise.all(starting);
  } catch (error) {
    // Whoever cleans up must find every container, also those that were being made meanwhile.
    await Promise.allSettled(starting);
    throw error;
  }
}

/** All at once; those that do not come up are reported, nothing more (`wait_for_services_timeout` -1: not looked at). */
export async function waitForServices(
  deps: Omit<HealthDeps, 'timeoutMs'> & { readonly log: BuildLog },
  services: readonly RunningService[],
  timeoutSeconds: number | undefined,
): Promise<void> {
  if (services.length === 0 || (timeoutSeconds ?? 0) < 0) return;
  const seconds = timeoutSeconds || defaultTimeoutSeconds;
  deps.log.plain(`Waiting for services to be up and running (timeout ${seconds} seconds)...`);
  const problems = await Promise.all(
    services.map((service) => waitForService({ ...deps, timeoutMs: seconds * 1000 }, service)),
  );
  for (const [index, problem] of problems.entries()) {
    const service = services[index];
    if (problem !== undefined && service !== undefined) await reportService(deps, service, problem);
  }
}

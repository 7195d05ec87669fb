import type { DockerJob } from '../job.ts';
import { planVolumes, type VolumePlan } from './plan.ts';

/** Makes the volumes of a job that are not there yet; temporary ones go with it. */
export async function createVolumes(job: DockerJob): Promise<VolumePlan> {
  const { engine, settings, resources, labels } = job;
  const plan = planVolumes({ ...job, osType: engine.info.osType });
  const driven = Object.keys(settings.volume_driver_ops).length > 0;
  await Promise.all(
    plan.create.map(({ name, destination, reusable }) => {
      if (!reusable) resources.addVolume(name);
      const isProtected = String(name.endsWith('-protected'));
      return engine.createVolume({
        name,
        ...(settings.volume_driver ? { driver: settings.volume_driver } : {}),
        ...(driven ? { driverOptions: settings.volume_driver_ops } : {}),
        labels: labels('cache', { destination, reusable: String(reusable), protected: isProtected }),
      });
    }),
  );
  return plan;
}

import { createHash, randomBytes } from 'node:crypto';
import { dnsName, networkName } from '../../../base/names.ts';
import type { PrepareRequest } from '../../types.ts';

/** Names of everything that a job makes on the engine (spec/executors.md 2.3). */
export interface Names {
  /** `runner-<short token>-project-<id>-concurrent-<slot>`: the host name. */
  readonly unique: string;
  /** The same with a random end: prefix of this job's containers and temporary volumes. */
  readonly job: string;
  readonly build: string;
  readonly helper: string;
  readonly network: string;
  /** Prefix of the volumes that later jobs of this slot find again. */
  readonly reusable: string;
  service(image: string, index: number): string;
}

export function namesOf(request: PrepareRequest): Names {
  const { job, slot, shortToken, systemId, runner } = request;
  const project = job.job_info?.project_id ?? 0;
  const unique = dnsName(`runner-${shortToken}-project-${project}-concurrent-${slot.projectRunnerId}`);
  const own = `${unique}-${randomBytes(8).toString('hex')}`;
  const identity = `${runner.token ?? ''}-${systemId}-${project}-${slot.projectRunnerId}`;
  return {
    unique,
    job: own,
    build: `${own}-build`,
    helper: `${own}-predefined`,
    network: networkName(shortToken, project, slot.projectRunnerId, job.id),
    reusable: `runner-${createHash('sha256').update(identity).digest('hex').slice(0, 32)}`,
    service: (image, index) => `${own}-${image.replaceAll('/', '__').replace(/[^a-zA-Z0-9_.-]/g, '-')}-${index}`,
  };
}

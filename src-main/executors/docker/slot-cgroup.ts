import type { PrepareRequest } from '../types.ts';
import type { DockerSettings } from './settings.ts';

const standard = 'gitlab-runner/slot-${slot}';

/** `use_slot_cgroups`: the cgroup of this job's slot, which wins over `cgroup_parent`. Undefined: not asked for. */
export function slotCgroup(
  { runner, slot }: Pick<PrepareRequest, 'runner' | 'slot'>,
  settings: DockerSettings,
  role: 'build' | 'service',
): string | undefined {
  if (runner['use_slot_cgroups'] !== true) return undefined;
  const own = role === 'build' ? runner['slot_cgroup_template'] : settings.service_slot_cgroup_template;
  const template = typeof own === 'string' && own !== '' ? own : standard;
  return template.replaceAll('${slot}', String(slot.runnerId));
}

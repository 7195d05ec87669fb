import * as v from 'valibot';
import { EngineError, type Listed } from './types.ts';

const labels = v.nullish(v.record(v.string(), v.string()), {});
const containers = v.array(
  v.looseObject({
    Id: v.string(),
    Names: v.nullish(v.array(v.string()), []),
    Labels: labels,
    Created: v.nullish(v.number()),
    State: v.nullish(v.string()),
    SizeRw: v.nullish(v.number()),
  }),
);
const networks = v.array(
  v.looseObject({ Id: v.string(), Name: v.string(), Labels: labels, Created: v.nullish(v.string()) }),
);
const volumes = v.looseObject({
  Volumes: v.nullish(
    v.array(
      v.looseObject({
        Name: v.string(),
        Labels: labels,
        CreatedAt: v.nullish(v.string()),
        UsageData: v.nullish(v.looseObject({ Size: v.nullish(v.number()), RefCount: v.nullish(v.number()) })),
      }),
    ),
    [],
  ),
});
type Ask = (path: string, query: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** Everything of one kind that bears all these labels (`key` or `key=value`). */
export async function readLists(
  { kind, labels: wanted, sizes }: { kind: Listed['kind']; labels: readonly string[]; sizes: boolean },
  ask: Ask,
): Promise<Listed[]> {
  const filters = { label: wanted };
  if (kind === 'container') {
    const found = v.parse(containers, await ask('/containers/json', { all: true, size: sizes, filters }));
    return found.map(({ Id, Names, Labels, Created, State, SizeRw }) => ({
      kind,
      id: Id,
      name: (Names[0] ?? Id).replace(/^\//, ''),
      labels: Labels,
      ...(State ? { state: State } : {}),
      ...(typeof Created === 'number' ? { createdMs: Created * 1000 } : {}),
      ...(typeof SizeRw === 'number' ? { sizeBytes: SizeRw } : {}),
    }));
  }
  if (kind === 'network') {
    const found = v.parse(networks, await ask('/networks', { filters }));
    return found.map(({ Id, Name, Labels, Created }) => ({ kind, id: Id, name: Name, labels: Labels, ...at(Created) }));
  }
  const usage = v.parse(volumes, await (sizes ? withSizes(wanted, ask) : ask('/volumes', { filters })));
  return usage.Volumes.filter(({ Labels }) => wanted.every((label) => bears(Labels, label))).map((volume) => ({
    kind,
    id: volume.Name,
    name: volume.Name,
    labels: volume.Labels,
    ...at(volume.CreatedAt),
    ...(typeof volume.UsageData?.Size === 'number' && volume.UsageData.Size >= 0
      ? { sizeBytes: volume.UsageData.Size }
      : {}),
    ...((volume.UsageData?.RefCount ?? 0) > 0 ? { inUse: true } : {}),
  }));
}

/**
 * Only /system/df knows the sizes; it takes no filter, so the labels are compared later. Docker before 24 refuses a second
 * question while it counts for somebody else: then without sizes, but with what is in use.
 */
async function withSizes(wanted: readonly string[], ask: Ask): Promise<unknown> {
  try {
    return await ask('/system/df', { type: 'volume' });
  } catch (error) {
    if (!(error instanceof EngineError) || !/already running/.test(error.message)) throw error;
    const asked = ['true', 'false'].map((dangling) =>
      ask('/volumes', { filters: { label: wanted, dangling: [dangling] } }),
    );
    const [free, used] = (await Promise.all(asked)).map((answer) => v.parse(volumes, answer).Volumes);
    const inUse = (used ?? []).map((volume) => ({ ...volume, UsageData: { RefCount: 1 } }));
    return { Volumes: [...(free ?? []), ...inUse] };
  }
}

const at = (text: string | null | undefined): { readonly createdMs?: number } => {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? {} : { createdMs: ms };
};

const bears = (found: Readonly<Record<string, string>>, label: string): boolean => {
  const cut = label.indexOf('=');
  return cut < 0 ? label in found : found[label.slice(0, cut)] === label.slice(cut + 1);
};

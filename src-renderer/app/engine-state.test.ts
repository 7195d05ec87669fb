import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffSnapshot } from '../../src-main/app/patches.ts';
import type { EngineSnapshot, SnapshotPatch } from '../../src-shared/ipc.ts';
import { emptySnapshot } from '../../test/support/fake-app.ts';
import { busyScene, manyJobs } from '../../test/support/recordings.ts';
import { applyPatch, fromSnapshot } from './engine-state.ts';

const now = 1_760_000_000_000;
const scene: EngineSnapshot = { ...emptySnapshot, ...busyScene(now) };
/** A patch as it comes over the wire. */
const wire = (patch: SnapshotPatch | undefined): SnapshotPatch => JSON.parse(JSON.stringify(patch ?? {}));

describe('patches', () => {
  it('absent keys are unchanged: lists keep their identity', () => {
    const data = fromSnapshot(scene);
    const next = applyPatch(data, { stateText: 'Busy, 3 jobs' });
    expect(next.facts.stateText).toBe('Busy, 3 jobs');
    expect(next.jobs).toBe(data.jobs);
    expect(next.runners).toBe(data.runners);
    expect(next.pipelines).toBe(data.pipelines);
    expect(next.jobByKey).toBe(data.jobByKey);
    const job = applyPatch(data, { jobs: [{ ...(data.jobs[0] as (typeof data.jobs)[number]), traceBytes: 9 }] });
    expect(job.facts).toBe(data.facts);
    expect(job.jobs[1]).toBe(data.jobs[1]);
  });

  it('null means gone', () => {
    const broken = { ...scene, configProblem: { code: 'CONFIG_INVALID', message: 'x' } };
    const data = applyPatch(fromSnapshot(broken), wire(diffSnapshot(broken, scene)));
    expect(data.facts.configProblem).toBeUndefined();
  });

  it('a new job stands first, a new pipeline too, a new runner last', () => {
    const data = fromSnapshot(scene);
    const job = { ...(scene.jobs[0] as (typeof scene.jobs)[number]), key: 'new', startedMs: now + 1 };
    const pipeline = { ...(scene.pipelines[0] as (typeof scene.pipelines)[number]), id: 'new' };
    const runner = { ...(scene.runners[0] as (typeof scene.runners)[number]), key: 'new' };
    const next = applyPatch(data, { jobs: [job], pipelines: [pipeline], runners: [runner] });
    expect([next.jobs[0]?.key, next.pipelines[0]?.id, next.runners.at(-1)?.key]).toEqual(['new', 'new', 'new']);
  });

  it('whatever happens to the lists, patches lead to the same state as a fresh snapshot', () => {
    const jobs = manyJobs(now, 30);
    fc.assert(
      fc.property(fc.array(fc.subarray(jobs), { minLength: 1, maxLength: 8 }), fc.array(fc.nat(3)), (steps, texts) => {
        let snapshot: EngineSnapshot = scene;
        let data = fromSnapshot(snapshot);
        for (const [at, step] of steps.entries()) {
          const next = {
            ...scene,
            jobs: step.map((job, index) => ({ ...job, traceBytes: index + at })),
            stateText: `${texts[at]}`,
          };
          data = applyPatch(data, wire(diffSnapshot(snapshot, next)));
          snapshot = next;
        }
        const fresh = fromSnapshot(wire(snapshot as never) as EngineSnapshot);
        expect(data.jobs).toEqual(fresh.jobs);
        expect(data.facts).toEqual(fresh.facts);
        expect([...data.jobByKey.keys()].sort()).toEqual([...fresh.jobByKey.keys()].sort());
      }),
    );
  });
});

import { expect, it } from 'vitest';
import { advance, isOver, type JobRun, pipelineState, type RunState } from './schedule.ts';
import { compileText } from './testing/compile.ts';

/** Plays a pipeline: jobs end as `ends` says, success otherwise. */
function play(yaml: string, ends: Readonly<Record<string, 'failed'>>) {
  const { compiled, messages } = compileText(yaml);
  expect(messages).toEqual([]);
  const runs: JobRun[] = compiled.jobs.map((job) => ({ job, state: 'created', allowed: false }));
  const order: string[] = [];
  advance(runs);
  while (!isOver(runs)) {
    const ready = runs.filter(({ state }) => state === 'ready');
    expect(ready.length).toBeGreaterThan(0);
    order.push(ready.map(({ job }) => job.name).join('+'));
    for (const run of ready) {
      run.state = ends[run.job.name] ?? 'success';
      run.allowed = run.state === 'failed' && run.job.allowFailure;
    }
    advance(runs);
  }
  return {
    order,
    states: Object.fromEntries(runs.map(({ job, state }) => [job.name, state])),
    state: pipelineState(runs),
  };
}

interface Row {
  readonly why: string;
  readonly yaml: string;
  readonly ends?: Readonly<Record<string, 'failed'>>;
  readonly order: readonly string[];
  readonly states?: Readonly<Record<string, RunState>>;
  readonly state: string;
}
const after = 't: {script: x}\nf: {script: x, when: on_failure}\nw: {stage: deploy, script: x, when: always}';

it.each<Row>([
  {
    why: 'stages one after another',
    yaml: 'b: {stage: build, script: x}\nc: {stage: build, script: x}\nt: {script: x}',
    order: ['b+c', 't'],
    state: 'passed',
  },
  {
    why: 'a failed job: followers are skipped, on_failure and always run',
    yaml: `b: {stage: build, script: x}\n${after}`,
    ends: { b: 'failed' },
    order: ['b', 'f', 'w'],
    states: { b: 'failed', t: 'skipped', f: 'success', w: 'success' },
    state: 'failed',
  },
  {
    why: 'a failure that is allowed is a success for all who follow',
    yaml: `b: {stage: build, script: x, allow_failure: true}\n${after}`,
    ends: { b: 'failed' },
    order: ['b', 't', 'w'],
    states: { b: 'failed', t: 'success', f: 'skipped', w: 'success' },
    state: 'warning',
  },
  {
    why: 'an optional manual job holds no stage up',
    yaml: 'm: {stage: build, script: x, when: manual}\nt: {script: x}',
    order: ['t'],
    states: { m: 'manual', t: 'success' },
    state: 'passed',
  },
  {
    why: 'what needs an optional manual job is skipped',
    yaml: 'm: {stage: build, script: x, when: manual}\nd: {needs: [m], script: x}\nt: {script: x}',
    order: ['t'],
    states: { m: 'manual', d: 'skipped', t: 'success' },
    state: 'passed',
  },
  {
    why: 'a blocking manual job holds the pipeline',
    yaml: 'm: {stage: build, script: x, rules: [{when: manual}]}\nt: {script: x}',
    order: [],
    states: { m: 'manual', t: 'created' },
    state: 'waiting',
  },
  {
    why: 'needs go past the stages',
    yaml: 'p: {stage: build, script: x}\nq: {script: x}\nd: {stage: deploy, needs: [p], script: x}',
    order: ['p', 'q+d'],
    state: 'passed',
  },
  {
    why: 'no needs at all starts at once',
    yaml: 'p: {stage: build, script: x}\nd: {stage: deploy, needs: [], script: x}',
    order: ['p+d'],
    state: 'passed',
  },
  {
    why: 'a stage of skipped jobs passes for stages',
    yaml: 'b: {stage: build, script: x}\nf: {script: x, when: on_failure}\nw: {stage: deploy, script: x}',
    order: ['b', 'w'],
    states: { b: 'success', f: 'skipped', w: 'success' },
    state: 'passed',
  },
  {
    why: 'a skipped need skips',
    yaml: 'b: {stage: build, script: x}\nf: {script: x, when: on_failure}\nw: {stage: deploy, needs: [f], script: x}',
    order: ['b'],
    states: { b: 'success', f: 'skipped', w: 'skipped' },
    state: 'passed',
  },
  {
    why: 'a failed need skips what needs it and lets others go',
    yaml: 'b: {stage: build, script: x}\nc: {stage: build, script: x}\nd: {needs: [b], script: x}\ne: {needs: [c], script: x}',
    ends: { b: 'failed' },
    order: ['b+c', 'e'],
    states: { b: 'failed', c: 'success', d: 'skipped', e: 'success' },
    state: 'failed',
  },
  {
    why: '.pre and .post',
    yaml: 'z: {stage: .post, script: x}\na: {stage: .pre, script: x}\nb: {script: x}',
    order: ['a', 'b', 'z'],
    state: 'passed',
  },
])('$why', ({ yaml, ends = {}, order, states, state }) => {
  const played = play(yaml, ends);
  expect(played.order).toEqual(order);
  if (states) expect(played.states).toEqual(states);
  expect(played.state).toBe(state);
});

import { createFakeApp, type FakeApp } from './fake-app.ts';
import { busyScene } from './recordings.ts';

export const terminalJob = 'r-mbp-9001';

/** The busy scene with a job that a terminal opens in, and two whose environments are kept. */
export const terminalApp = (now: number, logs: Readonly<Record<string, string>> = {}): FakeApp => {
  const scene = busyScene(now);
  const snapshot = {
    ...scene,
    jobs: (scene.jobs ?? []).map((each) => (each.key === terminalJob ? { ...each, terminal: true } : each)),
    kept: [
      {
        key: 'r-mbp-8980',
        id: 8980,
        name: 'deploy:review',
        project: 'orbit/payments-api',
        executor: 'shell',
        runnerName: 'studio-mbp',
        place: '/home/mira/.local/share/harrier/builds/t1_abcdef/1/orbit/payments-api',
        sizeBytes: 1_240_000_000,
        keptMs: now - 60_000,
        untilMs: now + 1_740_000,
        canExtend: true,
      },
      {
        key: 'r-mbp-8954',
        id: 8954,
        name: 'test:e2e',
        project: 'orbit/storefront',
        executor: 'docker',
        runnerName: 'studio-docker',
        place:
          'container runner-t1abcdef-project-12-concurrent-0-5f3a-build.kept-until-1764072000 on unix:///var/run/docker.sock',
        keptMs: now - 300_000,
        untilMs: now + 540_000,
        canExtend: false,
      },
    ],
  };
  return createFakeApp(snapshot, logs);
};

/** What a person did in it. */
export const terminalSession = [
  '\x1b[32mmira@studio\x1b[0m:\x1b[34m~/builds/0/orbit/payments-api\x1b[0m$ git status --short',
  ' \x1b[31mM\x1b[0m src/webhook/retry.ts',
  '\x1b[31m??\x1b[0m coverage/',
  '\x1b[32mmira@studio\x1b[0m:\x1b[34m~/builds/0/orbit/payments-api\x1b[0m$ npm test -- webhook',
  '',
  '> payments-api@4.2.0 test',
  '> vitest run webhook',
  '',
  ' \x1b[32m✓\x1b[0m src/webhook/sign.test.ts \x1b[2m(12 tests)\x1b[0m \x1b[33m48 ms\x1b[0m',
  ' \x1b[31m❯\x1b[0m src/webhook/retry.test.ts \x1b[2m(9 tests | \x1b[0m\x1b[31m1 failed\x1b[0m\x1b[2m)\x1b[0m',
  '   \x1b[31m×\x1b[0m waits longer after each refusal',
  '     \x1b[31mAssertionError: expected 400 to be 800\x1b[0m',
  '',
  ' \x1b[1mTests\x1b[0m  \x1b[1;31m1 failed\x1b[0m | \x1b[32m20 passed\x1b[0m',
  '\x1b[32mmira@studio\x1b[0m:\x1b[34m~/builds/0/orbit/payments-api\x1b[0m$ ',
].join('\r\n');

/** A log with the runner's own layout: timestamps, sections, colours. */
export function integrationLog(startMs: number, running: boolean): string {
  let atMs = startMs;
  const lines: string[] = [];
  const stamp = (stream: string, text: string, plus = ' '): void => {
    lines.push(`${new Date(atMs).toISOString().slice(0, -1)}000Z ${stream}${plus}${text}\n`);
  };
  const say = (text: string, afterMs = 0): void => {
    atMs += afterMs;
    stamp('01O', text);
  };
  const runner = (text: string, afterMs = 0): void => {
    atMs += afterMs;
    stamp('00O', `\x1b[0K${text}\x1b[0;m`);
  };
  const begin = (name: string, title: string, options = ''): void => {
    stamp('00O', `section_start:${Math.floor(atMs / 1000)}:${name}${options}\r`);
    stamp('00O', `\x1b[0K\x1b[0K\x1b[36;1m${title}\x1b[0;m\x1b[0;m`, '+');
  };
  const end = (name: string, afterMs = 0): void => {
    atMs += afterMs;
    stamp('00O', `section_end:${Math.floor(atMs / 1000)}:${name}\r`);
    stamp('00O', '\x1b[0K', '+');
  };
  runner('Running with harrier 0.1.0 (a41c9e2)');
  runner('  on studio-mbp t3_9xQ2k, system ID: s_1746f8786189');
  begin('prepare_executor', 'Preparing the "docker" executor');
  for (const text of [
    'Using Docker executor with image node:22-bookworm ...',
    'Starting service postgres:17...',
    'Using docker image sha256:aa12 for postgres:17 ...',
    'Waiting for services to be up and running (timeout 30 seconds)...',
    'Using locally found image version due to "if-not-present" pull policy',
    'Using docker image sha256:0232e654b9bb for node:22-bookworm ...',
  ])
    runner(text, 350);
  end('prepare_executor');
  begin('prepare_script', 'Preparing environment');
  say('Running on runner-t3xq2k-project-7-concurrent-0 via studio-mbp...', 300);
  end('prepare_script');
  begin('get_sources', 'Getting source from Git repository');
  say('\x1b[32;1mFetching changes with git depth set to 20...\x1b[0;m', 500);
  for (const text of [
    'Initialized empty Git repository in /builds/orbit/payments-api/.git/',
    '\x1b[32;1mCreated fresh repository.\x1b[0;m',
    'From https://gitlab.orbit.dev/orbit/payments-api',
    ' * [new ref] refs/pipelines/1904377 -> refs/pipelines/1904377',
    '\x1b[32;1mChecking out 8fd84d51 as detached HEAD (ref is feature/refund-webhooks)...\x1b[0;m',
    '',
    '\x1b[32;1mSkipping Git submodules setup\x1b[0;m',
  ])
    say(text, 100);
  end('get_sources');
  begin('restore_cache', 'Restoring cache');
  say('\x1b[32;1mChecking cache for pnpm-lock-webhook-1...\x1b[0;m', 900);
  for (const text of ['Downloading cache from the local folder', '\x1b[32;1mSuccessfully extracted cache\x1b[0;m'])
    say(text, 1000);
  end('restore_cache');
  begin('step_script', 'Executing "step_script" stage of the job script');
  say('Using docker image sha256:0232e654b9bb for node:22-bookworm …', 100);
  begin('install', 'Installing dependencies', '[collapsed=true]');
  for (let at = 1; at <= 211; at++)
    say(`Progress: resolved ${at * 5}, reused ${at * 4}, downloaded ${at}, added ${at * 3}`, 44);
  end('install');
  say('\x1b[32;1m$ pnpm test:integration --reporter=verbose\x1b[0;m');
  say(' \x1b[1m\x1b[36mRUN\x1b[39m\x1b[22m  \x1b[2mv4.1.2 /builds/orbit/payments-api\x1b[22m', 800);
  say('');
  const passed = (file: string, tests: number, ms: number): void =>
    say(` \x1b[32m✓\x1b[39m ${file} \x1b[2m(${tests} tests)\x1b[22m \x1b[33m${ms}ms\x1b[39m`, ms);
  passed('test/integration/charges.test.ts', 14, 2211);
  passed('test/integration/customers.test.ts', 9, 1804);
  passed('test/integration/refunds.test.ts', 11, 3120);
  say(
    ' \x1b[31m❯\x1b[39m test/integration/webhooks.test.ts \x1b[2m(12 tests | \x1b[22m\x1b[31m1 failed\x1b[39m\x1b[2m)\x1b[22m',
    200,
  );
  say('   \x1b[32m✓\x1b[39m accepts a signed event \x1b[2m212ms\x1b[22m', 212);
  say('   \x1b[32m✓\x1b[39m rejects a wrong signature \x1b[2m41ms\x1b[22m', 41);
  say('   \x1b[32m✓\x1b[39m stores a webhook once \x1b[2m388ms\x1b[22m', 388);
  say('   \x1b[31m×\x1b[39m \x1b[31mretries a failed webhook\x1b[39m \x1b[2m5012ms\x1b[22m', 5012);
  say('     \x1b[31m→ expected 3 attempts, received 2\x1b[39m');
  say('');
  say(' \x1b[1m\x1b[31mFAIL\x1b[39m\x1b[22m   webhooks.test.ts \x1b[2m>\x1b[22m retries a failed webhook', 60);
  say('\x1b[31;1mAssertionError\x1b[22m: expected 3 attempts, received 2\x1b[39m');
  say(' \x1b[36m❯ test/integration/webhooks.test.ts:118:31\x1b[39m');
  say('     116|   await clock.advance(\x1b[32m"30s"\x1b[39m);');
  say('     117|   \x1b[35mconst\x1b[39m tries = \x1b[35mawait\x1b[39m deliveries(webhook.id);');
  say('     118|   expect(tries.length).\x1b[34mtoBe\x1b[39m(\x1b[38;5;94m3\x1b[39m);');
  say('        |                        \x1b[31m^\x1b[39m');
  say('');
  passed('test/integration/payouts.test.ts', 22, 31702);
  passed('test/integration/disputes.test.ts', 7, 7311);
  if (running) {
    atMs = Math.max(atMs, startMs + 85_000);
    stamp(
      '01O',
      '\r \x1b[33m⠹\x1b[39m test/integration/ledger.test.ts \x1b[2m12 of 63 tests\x1b[22m\r \x1b[33m⠙\x1b[39m test/integration/ledger.test.ts \x1b[2m41 of 63 tests\x1b[22m\x1b[K',
    );
    return lines.join('');
  }
  end('step_script', 400);
  begin('cleanup_file_variables', 'Cleaning up project directory and file based variables');
  end('cleanup_file_variables', 120);
  runner('\x1b[31;1mERROR: Job failed: exit code 42');
  return lines.join('');
}

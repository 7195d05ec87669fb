import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parsePayload } from '../../../src-shared/payload.ts';
import { describeWith } from '../../../test/support/require.ts';
import { systemClock } from '../../base/clock.ts';
import { createLogger } from '../../base/logger.ts';
import { findShell } from '../../shells/index.ts';
import type { ExecutorHandle, PrepareRequest } from '../types.ts';
import { createCustomExecutor } from './index.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'driver-'));
  mkdirSync(join(root, 'job'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A program of the driver. */
const program = (name: string, text: string, mode = 0o755): string => {
  const path = join(root, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, mode);
  return path;
};
/** Leaves a file, so that a test sees that it ran, and what it was told. */
const cleanup = (): string => program('cleanup', `env >"${root}/cleaned"; echo "bye $CUSTOM_ENV_SECRET" >&2`);

const setUp = (custom: Readonly<Record<string, unknown>>) => {
  const lines: string[] = [];
  const said: string[] = [];
  const handles: ExecutorHandle[] = [];
  const say = (text: string): void => void lines.push(text);
  const payload = parsePayload({ id: 7, token: 'job-token', services: [{ name: 'redis:7', alias: 'db cache' }] });
  if (!payload.ok) throw new Error('the payload cannot be read');
  const variable = { file: false, public: true, masked: false, raw: false, internal: false };
  const request: PrepareRequest = {
    job: payload.payload,
    runner: { builds_dir: '/b', cache_dir: '/c', custom },
    variables: [
      { ...variable, key: 'CI_JOB_ID', value: '7' },
      { ...variable, key: 'SECRET', value: 'hunter2', masked: true },
      { ...variable, key: 'KUBE', value: 'content', file: true },
    ],
    directories: { builds: '/b', cache: '/c', project: join(root, 'project'), temporary: join(root, 'project.tmp') },
    shell: findShell('bash', process.platform),
    log: { plain: say, info: say, warning: say, error: say, raw: say },
    appLog: createLogger((_level, message, fields) => void said.push(`${message} ${JSON.stringify(fields)}`)),
    clock: systemClock,
    signal: new AbortController().signal,
    slot: { runnerId: 0, projectRunnerId: 0 },
    systemId: 's_1',
    shortToken: 'test',
    jobFolder: join(root, 'job'),
    onHandle: async (handle) => void handles.push(handle),
  };
  const executor = createCustomExecutor({ clock: systemClock, env: { PATH: process.env['PATH'], OWN: 'seen' } });
  return { executor, request, lines, said, handles };
};
const run = (text: string): string => program('run', text);
/** What one stage comes to. */
const stage = (name = 'get_sources') => ({
  stage: name,
  where: 'build' as const,
  signal: new AbortController().signal,
  onOutput: () => undefined,
});

describeWith(['posix'], 'a custom driver', () => {
  const left = (): string[] => readdirSync(join(root, 'job'));

  it('is given the official environment, and says folders, shell and more', async () => {
    const { executor, request, lines, handles } = setUp({
      config_exec: program(
        'config',
        `env | sort >"${root}/env"; cp "$JOB_RESPONSE_FILE" "${root}/response"
        echo '{"driver":{"name":"d","version":"2"},"hostname":"vm","builds_dir":"/x","shell":"sh","job_env":{"MINE":"1"}}'
        echo for the log >&2`,
      ),
      config_args: ['a', 'b c'],
      prepare_exec: program('prepare', 'echo "prepared with $MINE: $CUSTOM_ENV_CI_JOB_SERVICES"'),
      run_exec: run(`printf '%s|' "$@" | sed 's|/[^|]*/script|SCRIPT|' >"${root}/args"; cat "$2" >"${root}/script"`),
      run_args: ['first'],
      cleanup_exec: cleanup(),
    });
    const configured = await executor.configure?.(request);
    expect(configured).toMatchObject({
      hostname: 'vm',
      runner: { builds_dir: '/x', cache_dir: '/c', shell: 'sh' },
      executor: { traits: { showsHost: true, sharedBuildsDir: false } },
    });
    const environment = await configured?.executor.prepare({ ...request, shell: findShell('sh', process.platform) });
    expect(await environment?.run('echo hello', stage('step_script'))).toEqual({ code: 0 });
    expect(readFileSync(join(root, 'args'), 'utf8')).toBe('first|SCRIPT|build_script|');
    expect(readFileSync(join(root, 'script'), 'utf8')).toBe('#!/usr/bin/env sh\n\necho hello');
    expect(lines).toContain('for the log\n');
    expect(lines).toContain('Using Custom executor with driver d 2...');
    const services = '[{"name":"redis:7","alias":"db","entrypoint":null,"command":null}]';
    expect(lines).toContain(`prepared with 1: ${services}\n`);
    expect(lines.join('\n')).toContain("Starting with version 17.0 the 'build_script' stage will be replaced");
    const folder = handles[0]?.id ?? '';
    const env = readFileSync(join(root, 'env'), 'utf8');
    for (const line of [
      'BUILD_FAILURE_EXIT_CODE=1',
      'SYSTEM_FAILURE_EXIT_CODE=2',
      `BUILD_EXIT_CODE_FILE=${folder}/build_exit_code`,
      `JOB_RESPONSE_FILE=${folder}/response.json`,
      `TMPDIR=${folder}`,
      `PWD=${folder}`,
      'OWN=seen',
      'CUSTOM_ENV_CI_JOB_ID=7',
      'CUSTOM_ENV_KUBE=content',
      `CUSTOM_ENV_CI_JOB_SERVICES=${services}`,
    ])
      expect(env).toContain(`${line}\n`);
    expect(env).not.toContain('MINE=');
    expect(JSON.parse(readFileSync(join(root, 'response'), 'utf8'))).toMatchObject({ id: 7, token: 'job-token' });
    await environment?.close();
    expect(readFileSync(join(root, 'cleaned'), 'utf8')).toContain('MINE=1\n');
    expect(left()).toEqual([]);
  });

  it.each([
    { why: 'exit 1 without a file', text: 'exit 1', exit: { code: 1 } },
    { why: 'exit 1 with the job’s own code', text: 'echo 42 >"$BUILD_EXIT_CODE_FILE"; exit 1', exit: { code: 42 } },
    {
      why: 'exit 1 with a file that holds no code',
      text: 'echo many >"$BUILD_EXIT_CODE_FILE"; exit $BUILD_FAILURE_EXIT_CODE',
      fails: { reason: 'unknown_failure', message: expect.stringContaining('holds no exit code: "many"') },
    },
    { why: 'exit 2', text: 'exit $SYSTEM_FAILURE_EXIT_CODE', fails: { message: 'exit status 2' } },
    {
      why: 'exit 255',
      text: 'exit 255',
      fails: {
        message:
          'unknown Custom executor executable exit code 255; executable execution terminated with: exit status 255',
      },
    },
    {
      why: 'death by a signal',
      text: 'kill -KILL $$',
      fails: {
        message:
          'unknown Custom executor executable exit code -1; executable execution terminated with: signal: SIGKILL',
      },
    },
  ])('run_exec, $why', async ({ text, exit, fails }) => {
    const { executor, request } = setUp({ run_exec: run(text), cleanup_exec: cleanup() });
    const environment = await executor.prepare(request);
    const running = environment.run('true', stage());
    if (fails !== undefined) await expect(running).rejects.toMatchObject(fails);
    else expect(await running).toEqual(exit);
    await environment.close();
    await environment.close();
    expect(left()).toEqual([]);
  });

  it('a code that an earlier call wrote down is not that of a later one', async () => {
    const { executor, request } = setUp({
      run_exec: run('[ "$2" = first ] && echo 42 >"$BUILD_EXIT_CODE_FILE"; exit 1'),
    });
    const environment = await executor.prepare(request);
    expect(await environment.run('true', stage('first'))).toEqual({ code: 42 });
    expect(await environment.run('true', stage('second'))).toEqual({ code: 1 });
    await environment.close();
  });

  /** A plain error is a system failure that is tried again; one with a reason is not (spec/executors.md 6.4). */
  it.each<{ why: string; custom: () => Readonly<Record<string, unknown>>; fails: object }>([
    {
      why: 'config_exec prints no JSON',
      custom: () => ({ config_exec: program('config', 'echo Welcome!') }),
      fails: { name: 'Error', message: expect.stringMatching(/^error while parsing JSON output: .*Welcome!/) },
    },
    {
      why: 'config_exec exits with 255',
      custom: () => ({ config_exec: program('config', 'echo no VM left >&2; exit 255') }),
      fails: { name: 'Error', message: expect.stringContaining('exit code 255') },
    },
    {
      why: 'config_exec hangs',
      custom: () => ({ config_exec: program('config', 'echo up >&2; exec sleep 60'), config_exec_timeout: 1 }),
      fails: { name: 'Error', message: expect.stringMatching(/did not end within 1 s \(config_exec_timeout\)$/) },
    },
    {
      why: 'prepare_exec hangs and does not listen',
      custom: () => ({
        prepare_exec: program('prepare', "trap '' TERM; while :; do sleep 0.1; done"),
        prepare_exec_timeout: 1,
        graceful_kill_timeout: 1,
      }),
      fails: { name: 'Error', message: expect.stringMatching(/prepare" did not end within 1 s/) },
    },
    {
      why: 'prepare_exec says that the job is at fault',
      custom: () => ({ prepare_exec: program('prepare', 'echo no such image; exit $BUILD_FAILURE_EXIT_CODE') }),
      fails: { name: 'JobFailure', reason: 'script_failure', exitCode: 1, message: 'exit status 1' },
    },
    {
      why: 'prepare_exec is not executable',
      custom: () => ({ prepare_exec: program('prepare', 'true', 0o644) }),
      fails: { name: 'Error', message: expect.stringMatching(/^failed to start process: spawn .*prepare EACCES$/) },
    },
    {
      why: 'prepare_exec is not there',
      custom: () => ({ prepare_exec: join(root, 'none') }),
      fails: { name: 'Error', message: expect.stringMatching(/^failed to start process: spawn .*none ENOENT$/) },
    },
  ])('$why: the official class of failure, and all is cleaned up', async ({ custom, fails }) => {
    const { executor, request, said } = setUp({ run_exec: run('true'), cleanup_exec: cleanup(), ...custom() });
    await expect(executor.prepare(request)).rejects.toMatchObject(fails);
    expect(existsSync(join(root, 'cleaned'))).toBe(true);
    expect(said).toContain('cleanup_exec {"stderr":"bye [MASKED]"}');
    expect(left()).toEqual([]);
  });

  it('a cleanup that fails is told in the application’s log alone', async () => {
    const { executor, request, lines, said } = setUp({ run_exec: run('true'), cleanup_exec: program('c', 'exit 2') });
    const environment = await executor.prepare(request);
    await environment.close();
    expect(said).toEqual(['Cleanup script failed: exit status 2 {}']);
    expect(lines).toEqual(['Using Custom executor...']);
    expect(left()).toEqual([]);
  });

  it('after a crash the driver cleans up with what it was told, by its journal only', async () => {
    const { executor, request, handles } = setUp({ run_exec: run('true'), cleanup_exec: cleanup() });
    await executor.prepare(request);
    const [handle] = handles;
    if (handle === undefined) throw new Error('nothing was journaled');
    const other = createCustomExecutor({ clock: systemClock, env: { PATH: process.env['PATH'] } });
    await other.recover?.([{ ...handle, proof: 'another' }], {}, request.appLog);
    expect(existsSync(join(root, 'cleaned'))).toBe(false);
    await other.recover?.(handles, {}, request.appLog);
    expect(readFileSync(join(root, 'cleaned'), 'utf8')).toContain('CUSTOM_ENV_CI_JOB_ID=7\n');
    expect(left()).toEqual([]);
  });

  it('nothing to run is a configuration error', async () => {
    const { executor, request } = setUp({ prepare_exec: '/bin/true' });
    await expect(executor.prepare(request)).rejects.toMatchObject({ reason: 'runner_configuration_error' });
  });

  it('PowerShell scripts are files with their ending; artifacts are refused with a sentence', async () => {
    const { executor, request } = setUp({ run_exec: run(`echo "$1" >"${root}/path"`) });
    const environment = await executor.prepare({ ...request, shell: findShell('pwsh', process.platform) });
    await environment.run('Write-Output 1', stage());
    expect(readFileSync(join(root, 'path'), 'utf8')).toMatch(/\/script\.ps1\n$/);
    await expect(environment.files.stat('/x')).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
    await environment.close();
  });
});

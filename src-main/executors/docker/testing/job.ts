import { randomBytes } from 'node:crypto';
import { parsePayload } from '../../../../src-shared/payload.ts';
import { systemClock } from '../../../base/clock.ts';
import { silentLogger } from '../../../base/logger.ts';
import { findShell } from '../../../shells/index.ts';
import type { Environment, Exit, PrepareRequest, ResolvedVariable } from '../../types.ts';
import { image } from './image.ts';

export interface TestJob {
  readonly docker?: Readonly<Record<string, unknown>>;
  readonly harrier?: { readonly keep_failed?: string };
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly shell?: string;
  readonly signal?: AbortSignal;
}
/** What the job's log says, one entry a line, and the handles that were journaled. */
export interface Recorded {
  readonly request: PrepareRequest;
  readonly lines: string[];
  readonly handles: { readonly id: string; readonly proof?: string }[];
}

/** A request as the job room makes it. Every one has a system id of its own, so that tests find only what is theirs. */
export function testRequest(job: TestJob = {}): Recorded {
  const lines: string[] = [];
  const handles: Recorded['handles'] = [];
  const say = (prefix: string) => (text: string) => void lines.push(...`${prefix}${text}`.split('\n'));
  const parsed = parsePayload({
    id: 7,
    token: 'job-token',
    allow_git_fetch: true,
    job_info: { project_id: 5 },
    ...job.payload,
  });
  if (!parsed.ok) throw new Error(parsed.problem.problems.join());
  const variables = Object.entries(job.variables ?? {}).map(
    ([key, value]): ResolvedVariable => ({
      key,
      value,
      file: false,
      public: true,
      masked: false,
      raw: false,
      internal: false,
    }),
  );
  const project = '/builds/group/project';
  return {
    lines,
    handles,
    request: {
      job: parsed.payload,
      runner: {
        token: 'glrt-test',
        docker: { image, helper_image: image, pull_policy: 'if-not-present', volumes: ['/cache'], ...job.docker },
        ...(job.harrier !== undefined ? { harrier: job.harrier } : {}),
      },
      variables,
      directories: { builds: '/builds', cache: '/cache/group/project', project, temporary: `${project}.tmp` },
      shell: findShell(job.shell ?? 'bash', 'linux'),
      log: { plain: say(''), info: say(''), warning: say('WARNING: '), error: say('ERROR: '), raw: say('') },
      appLog: silentLogger,
      clock: systemClock,
      signal: job.signal ?? new AbortController().signal,
      slot: { runnerId: 0, projectRunnerId: 0 },
      systemId: `s_${randomBytes(6).toString('hex')}`,
      shortToken: 'test',
      jobFolder: '/nonexistent',
      workingDirectory: '/nonexistent',
      onHandle: async ({ id, proof }) => void handles.push({ id, ...(proof !== undefined ? { proof } : {}) }),
    },
  };
}

export interface Ran {
  readonly exit: Exit;
  readonly stdout: string;
  readonly stderr: string;
}
/** Runs lines of shell with `set -e` and waits for their end. */
export async function runIn(
  environment: Environment,
  where: 'build' | 'helper',
  script: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<Ran> {
  const got = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const exit = await environment.run(`trap 'exit 1' TERM\nset -e\n( ${script}\n) </dev/null\n`, {
    stage: 'test',
    where,
    signal,
    onOutput: (stream, chunk) => void got[stream].push(Buffer.from(chunk)),
  });
  return { exit, stdout: Buffer.concat(got.stdout).toString(), stderr: Buffer.concat(got.stderr).toString() };
}

import { createHash } from 'node:crypto';
import type { JobArtifact } from '../../../src-shared/payload.ts';
import type { Selection } from '../../archive/types.ts';
import { revision, version } from '../../base/version.ts';
import type { Area } from './area.ts';
import { helperLine } from './lines.ts';
import type { TransferContext } from './types.ts';

/** RUNNER_GENERATE_ARTIFACTS_METADATA, and only for archives that say zip (spec/job-lifecycle.md 7.1, provenance). */
export const wantsStatement = (context: TransferContext, artifact: JobArtifact): boolean =>
  artifact.artifact_format === 'zip' &&
  /^(?:1|t|true)$/i.test(context.variable('RUNNER_GENERATE_ARTIFACTS_METADATA') ?? '');

/** Writes `<name>-metadata.json` into the project directory and adds it to the selection. */
export async function addStatement(
  context: TransferContext,
  area: Area,
  name: string,
  selection: Selection,
): Promise<Selection> {
  context.printHelper(helperLine('info', 'Generating artifacts statement'));
  const asked = context.variable('SLSA_PROVENANCE_SCHEMA_VERSION') ?? '';
  if (asked !== '' && asked !== 'v1')
    context.printHelper(helperLine('warning', `Unknown SLSA provenance version ${asked}, defaulting to v1`));
  const subject: { name: string; digest: { sha256: string } }[] = [];
  for (const { path, kind } of selection.entries)
    if (kind === 'file') subject.push({ name: path, digest: { sha256: await digestOf(area, path) } });
  const text = `${JSON.stringify(statementOf(context, subject), undefined, 1)}\n`;
  const path = `${name}-metadata.json`;
  await area.writeFile(path, text, 0o644);
  const added = await area.select({ paths: [path], exclude: [], untracked: false });
  const entries = [...selection.entries.filter((entry) => entry.path !== path), ...added.entries].sort((a, b) =>
    a.path < b.path ? -1 : 1,
  );
  return { entries, messages: selection.messages };
}

async function digestOf(area: Area, path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of await area.readFile(path)) hash.update(chunk);
  return hash.digest('hex');
}

/** in-toto statement v0.1 with an SLSA v1 predicate. Parameters show names only; values may be secret. */
function statementOf(context: TransferContext, subject: readonly unknown[]): unknown {
  const { payload, clock } = context;
  const project = context.variable('CI_PROJECT_URL') ?? '';
  const runnerId = context.variable('CI_RUNNER_ID') ?? '';
  const started = context.variable('CI_JOB_STARTED_AT') ?? '';
  const finished = new Date(Math.floor(clock.now() / 1000) * 1000).toISOString().replace('.000Z', 'Z');
  return {
    _type: 'https://in-toto.io/Statement/v0.1',
    predicateType: 'https://slsa.dev/provenance/v1',
    subject,
    predicate: {
      buildDefinition: {
        buildType: `https://gitlab.com/gitlab-org/gitlab-runner/-/blob/${version}/PROVENANCE.md`,
        externalParameters: {
          ...Object.fromEntries(payload.variables.map(({ key }) => [key, ''])),
          entryPoint: payload.job_info.name,
          source: project,
        },
        internalParameters: {
          architecture: context.info.architecture,
          executor: context.info.executor ?? '',
          job: String(payload.id),
          name: context.runner.name ?? '',
        },
        resolvedDependencies: [{ uri: project, digest: { sha256: payload.git_info.sha } }],
      },
      runDetails: {
        builder: { id: `${project}/-/runners/${runnerId}`, version: { harrier: revision } },
        metadata: { invocationID: String(payload.id), startedOn: started, finishedOn: finished },
      },
    },
  };
}

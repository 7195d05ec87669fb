import type { JobView } from '../../src-shared/ipc.ts';
import type { Problem } from '../../src-shared/trace/index.ts';
import { t } from '../app/text.ts';
import { stageTime } from '../ui/format.ts';
import { stageText } from './describe.ts';
import { factsOf } from './facts-of.ts';

const mostProblems = 20;

/**
 * A job as Markdown for an issue or a chat: what it was, what came of it, its stages, the problems of its log. Names and
 * lines come from strangers: none of them can make a link, a picture or a heading. Variables are left out.
 */
export function markdownOf(job: JobView, problems: readonly Problem[]): string {
  const url = job.webUrl !== undefined && /^https?:\/\/[^\s()<>]+$/i.test(job.webUrl) ? job.webUrl : undefined;
  const name = `**${plain(job.name)}**`;
  const rows: (readonly [string, string])[] = [
    [t('jobs.project'), job.project],
    [t('jobs.ref'), job.ref],
    [t('jobs.commit'), job.sha.slice(0, 8)],
    [t('jobs.runner'), `${job.runnerName} (${job.executor})`],
    ...factsOf(job),
    ...job.stages.map(
      ({ name: stage, startedMs, endedMs, failed }) =>
        [
          stageText(stage),
          `${endedMs === undefined ? '' : stageTime(endedMs - startedMs)}${failed ? ` (${t('state.failed')})` : ''}`,
        ] as const,
    ),
  ];
  return [
    `${url === undefined ? name : `[${name}](${url})`}: ${t(`state.${job.state}`)}`,
    '',
    '| | |',
    '|---|---|',
    ...rows.filter(([, value]) => value !== '').map(([key, value]) => `| ${plain(key)} | ${plain(value)} |`),
    ...(problems.length === 0
      ? []
      : ['', ...fenced(problems.slice(0, mostProblems).map(({ line, text }) => `${line + 1}: ${text}`))]),
    '',
  ].join('\n');
}

/** What Markdown would read as more than text is taken literally; line ends would break the table. */
const plain = (text: string): string => text.replaceAll(/[\\`*_{}[\]<>()#!|~@&$]/g, '\\$&').replaceAll(/\s+/g, ' ');

/** A block of code whose fence is longer than any in it. */
function fenced(lines: readonly string[]): string[] {
  const longest = Math.max(2, ...lines.flatMap((line) => (line.match(/`+/g) ?? []).map(({ length }) => length)));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}text`, ...lines.map((line) => line.replaceAll(/[\r\n]+/g, ' ')), fence];
}

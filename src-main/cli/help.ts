import type { Flag } from '../base/flags.ts';
import { type Command, globalFlags } from './command.ts';

/** `harrier --help`: the commands. */
export function programHelp(commands: readonly Command[]): string {
  const rows = commands
    .filter(({ hidden }) => !hidden)
    .map(({ name, arguments: args, summary }): Row => [`${name}${args ? ` ${args}` : ''}`, summary]);
  return [
    'The GitLab CI/CD runner that lives on your own machine',
    '',
    'Usage: harrier [flags] COMMAND [flags] [arguments]',
    '',
    'Commands:',
    ...table(rows),
    '',
    'Flags:',
    ...table([...flagRows(globalFlags), ['-v, --version', 'show the version']]),
    '',
    '`harrier COMMAND --help` lists the flags of a command.',
    '',
  ].join('\n');
}

/** `harrier COMMAND --help`. */
export function commandHelp(command: Command, flags: readonly Flag[]): string {
  return [
    `harrier ${command.name}: ${command.summary}`,
    '',
    `Usage: harrier ${command.name} [flags]${command.arguments ? ` ${command.arguments}` : ''}`,
    '',
    'Flags:',
    ...table(flagRows([...flags.filter(({ group }) => group === undefined), ...globalFlags])),
    '',
    ...[...new Set(flags.map(({ group }) => group))].flatMap((heading) =>
      heading === undefined
        ? []
        : [`${heading}:`, ...table(flagRows(flags.filter(({ group }) => group === heading))), ''],
    ),
  ].join('\n');
}

type Row = readonly [left: string, right: string];

const flagRows = (flags: readonly Flag[]): Row[] =>
  flags
    .filter(({ hidden }) => !hidden)
    .map(({ names, kind, help = '', env }) => {
      const shown = [...names]
        .sort((a, b) => a.length - b.length)
        .map((name) => (name.length === 1 ? `-${name}` : `--${name}`));
      const value = { text: ' VALUE', integer: ' NUMBER', list: ' VALUE…', map: ' KEY=VALUE…', boolean: '' }[kind];
      return [`${shown.join(', ')}${value}`, `${help}${env ? ` [$${env}]` : ''}`.trim()];
    });

function table(rows: readonly Row[]): string[] {
  const width = Math.min(40, Math.max(...rows.map(([left]) => left.length)));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd());
}

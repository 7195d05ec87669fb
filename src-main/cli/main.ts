import { HarrierError } from '../../src-shared/errors.ts';
import { type Flag, parseFlags } from '../base/flags.ts';
import { goArchitecture, goPlatform, protocolVersion, revision, version } from '../base/version.ts';
import { globalFlags } from './command.ts';
import { commands } from './commands.ts';

/**
 * The command line: commands and flags of `gitlab-runner`, and Harrier's own. Only what finds the command is loaded at
 * once; each command loads its parts when it is called.
 */
async function main(args: readonly string[]): Promise<number> {
  const { before, name, after } = split(args);
  const global = parseFlags([...globalFlags, { names: ['version', 'v'], kind: 'boolean' }], before, {});
  if (global.boolean('version') || name === 'version') return say(versionText);
  const command = commands.find((each) => each.name === name);
  if (name === undefined || name === 'help' || (command === undefined && global.boolean('help'))) {
    const { programHelp } = await import('./help.ts');
    return say(programHelp(commands));
  }
  if (command === undefined) return refuseCommand(name);
  const flags = await command.flags();
  const input = parseFlags(merged(flags), [...before, ...after], process.env);
  if (input.boolean('help')) {
    const { commandHelp } = await import('./help.ts');
    return say(commandHelp(command, flags));
  }
  if (command.arguments === undefined && input.rest.some((each) => !/^(?:true|false)$/.test(each)))
    throw new HarrierError('INPUT_INVALID', `harrier ${name} takes no argument, found "${input.rest[0]}"`);
  const run = await command.load();
  return run(input);
}

const versionText = `harrier ${version} (${revision})\nprotocol: gitlab-runner ${protocolVersion}\n${goPlatform}/${goArchitecture}\n`;

/** A command's own flag goes before a global one of the same letter (`-l`, `-h`). */
const merged = (flags: readonly Flag[]): Flag[] => [...globalFlags, ...flags];

/** The command is the first word that is neither a flag nor the value of a global flag. */
function split(args: readonly string[]): {
  before: readonly string[];
  name: string | undefined;
  after: readonly string[];
} {
  const withValue = globalFlags.filter(({ kind }) => kind !== 'boolean').flatMap(({ names }) => names);
  let at = 0;
  while (at < args.length && (args[at] ?? '').startsWith('-')) {
    const name = (args[at] ?? '').replace(/^--?/, '');
    at += withValue.includes(name) ? 2 : 1;
  }
  return { before: args.slice(0, at), name: args[at], after: args.slice(at + 1) };
}

async function refuseCommand(name: string): Promise<number> {
  const { refuse, refusedCommands } = await import('./refused.ts');
  if (Object.hasOwn(refusedCommands, name)) throw refuse(name);
  const { nearest } = await import('../../src-shared/nearest.ts');
  const meant = nearest(
    name,
    commands.flatMap((command) => (command.hidden ? [] : command.name)),
  );
  const next = meant === undefined ? '' : `Did you mean \`harrier ${meant}\`? `;
  process.stderr.write(`FATAL: Command ${name} not found.\n${next}(\`harrier --help\` lists the commands)\n`);
  return 1;
}

function say(text: string): number {
  process.stdout.write(text);
  return 0;
}

/** The engine's sockets and timers are closed by now; what a library still holds must not keep the process. */
function finish(code: number): void {
  process.exitCode = code;
  // Written text may still be on its way to a pipe.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}

try {
  finish(await main(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof HarrierError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n${error.hint}\n`);
  finish(error.code.startsWith('PIPELINE_') ? 2 : 1);
}

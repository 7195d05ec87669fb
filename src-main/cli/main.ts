import { Command, CommanderError, Option } from 'commander';
import { HarrierError } from '../../src-shared/errors.ts';
import { goArchitecture, goPlatform, protocolVersion, revision, version } from '../base/version.ts';
import { defaultConfigPath } from '../config/paths.ts';

/**
 * The command line: commands and flags of `gitlab-runner`, and Harrier's own. Each command loads its parts when it is
 * called, so that none pays for another.
 */
const program = new Command('harrier')
  .description('The GitLab CI/CD runner that lives on your own machine')
  .version(
    `harrier ${version} (${revision})\nprotocol: gitlab-runner ${protocolVersion}\n${goPlatform}/${goArchitecture}`,
    '-v, --version',
  )
  .addOption(new Option('--debug', 'log more').env('RUNNER_DEBUG'))
  .addOption(new Option('-l, --log-level <level>', 'debug, info, warning, error, fatal').env('LOG_LEVEL'))
  .addOption(new Option('--log-format <format>', 'runner, text, json').env('LOG_FORMAT'))
  .exitOverride()
  .showHelpAfterError('(`harrier --help` lists the commands)');

const configOption = () =>
  new Option('-c, --config <file>', 'config.toml')
    .env('CONFIG_FILE')
    .default(defaultConfigPath(process.env, process.platform, process.getuid?.()));
const logFlags = (command: Command): { debug?: boolean; logLevel?: string; logFormat?: string } =>
  command.optsWithGlobals();

program
  .command('run')
  .description('take jobs from GitLab until told to stop')
  .addOption(configOption())
  .option('-d, --working-directory <folder>', 'where builds and caches go')
  .option('--debug', 'log more')
  .addOption(new Option('-l, --log-level <level>').hideHelp())
  .addOption(new Option('--log-format <format>').hideHelp())
  .action(async (options, command) => {
    const { runHeadless } = await import('../app/headless.ts');
    finish(await runHeadless({ ...options, ...logFlags(command) }));
  });

program
  .command('exec')
  .description('run the pipeline of a local repository, uncommitted changes included')
  .argument('[jobs...]', 'only these jobs and what they need')
  .option('--cwd <folder>', 'the repository', '.')
  .option('--list', 'show the jobs, run nothing', false)
  .option('--concurrent <number>', 'jobs at once', Number)
  .option('--variable <KEY=VALUE...>', 'variables of the pipeline')
  .action(
    async (
      jobs: string[],
      options: { cwd: string; list: boolean; concurrent?: number; variable?: string[] },
      command,
    ) => {
      const { runExec } = await import('../app/exec.ts');
      const { debug } = logFlags(command);
      const output = {
        out: (text: string) => void process.stdout.write(text),
        err: writeError,
        colours: process.stdout.isTTY === true && !process.env['NO_COLOR'],
      };
      finish(
        await runExec(
          { ...options, jobs, debug: debug === true, variables: readVariables(options.variable ?? []) },
          output,
        ),
      );
    },
  );

program
  .command('serve')
  .description('show the window in a browser, on this machine only')
  .addOption(configOption())
  .option('--port <number>', 'the first port to try', Number)
  .option('-d, --working-directory <folder>', 'where builds and caches go')
  .action(async (options, command) => {
    const { runServe } = await import('./serve.ts');
    finish(await runServe({ ...options, ...logFlags(command) }));
  });

program
  .command('register')
  .description('add this machine to GitLab as a runner')
  .addOption(configOption())
  .addOption(new Option('-u, --url <url>', 'address of GitLab').env('CI_SERVER_URL'))
  .addOption(new Option('-t, --token <token>', 'authentication token (glrt-…)').env('CI_SERVER_TOKEN'))
  .addOption(new Option('-r, --registration-token <token>', 'legacy registration token').env('REGISTRATION_TOKEN'))
  .addOption(new Option('-n, --non-interactive', 'ask nothing').env('REGISTER_NON_INTERACTIVE'))
  .addOption(new Option('--name <name>', 'name of the runner').env('RUNNER_NAME'))
  .addOption(new Option('--description <name>').hideHelp())
  .addOption(new Option('--executor <executor>', 'shell, docker').env('RUNNER_EXECUTOR'))
  .addOption(new Option('--shell <shell>', 'bash, sh, pwsh, powershell').env('RUNNER_SHELL'))
  .addOption(new Option('--limit <number>').env('RUNNER_LIMIT').argParser(Number))
  .addOption(new Option('--builds-dir <folder>').env('RUNNER_BUILDS_DIR'))
  .addOption(new Option('--cache-dir <folder>').env('RUNNER_CACHE_DIR'))
  .addOption(new Option('--env <KEY=VALUE...>', 'variables of every job').env('RUNNER_ENV'))
  .addOption(new Option('--docker-image <image>', 'image of jobs that name none').env('DOCKER_IMAGE'))
  .addOption(new Option('--tag-list <tags>', 'legacy tokens only').env('RUNNER_TAG_LIST'))
  .addOption(new Option('--run-untagged <bool>', 'legacy tokens only').env('REGISTER_RUN_UNTAGGED'))
  .addOption(new Option('--locked <bool>', 'legacy tokens only').env('REGISTER_LOCKED'))
  .addOption(new Option('--paused <bool>', 'legacy tokens only').env('REGISTER_PAUSED'))
  .addOption(new Option('--access-level <level>', 'legacy tokens only').env('REGISTER_ACCESS_LEVEL'))
  .addOption(
    new Option('--maximum-timeout <seconds>', 'legacy tokens only').env('REGISTER_MAXIMUM_TIMEOUT').argParser(Number),
  )
  .addOption(new Option('--tls-ca-file <file>').env('CI_SERVER_TLS_CA_FILE'))
  .addOption(new Option('--tls-cert-file <file>').env('CI_SERVER_TLS_CERT_FILE'))
  .addOption(new Option('--tls-key-file <file>').env('CI_SERVER_TLS_KEY_FILE'))
  .action(async (options) => {
    const { register } = await import('./register.ts');
    finish(await register(options));
  });

for (const [name, description] of [
  ['list', 'show the runners of the config file'],
  ['verify', 'ask GitLab whether it knows the runners'],
  ['unregister', 'take runners away from GitLab and from the file'],
] as const)
  program
    .command(name)
    .description(description)
    .addOption(configOption())
    .option('-n, --name <name>', 'only the runner of this name')
    .option('-u, --url <url>', 'only runners of this address')
    .option('-t, --token <token>', 'only the runner of this token')
    .option('--delete', 'verify: remove runners that GitLab does not know from the file')
    .option('--all-runners', 'unregister: all of them')
    .action(async (options) => {
      const { list, verify, unregister } = await import('./runners.ts');
      finish(await { list, verify, unregister }[name](options));
    });

for (const [name, description] of [
  ['status', 'tell how the engine of this config file is'],
  ['pause', 'take no new jobs'],
  ['resume', 'take jobs again'],
  ['drain', 'let the running jobs finish, then stop'],
  ['stop', 'end the running jobs and stop'],
] as const)
  program
    .command(name)
    .description(description)
    .addOption(configOption())
    .option('--json', 'status: as JSON')
    .argument('[runner]', 'pause, resume: only the runner of this name')
    .action(async (runner: string | undefined, options: { config: string; json?: boolean }) => {
      const { control } = await import('./control.ts');
      finish(await control(name, runner, options));
    });

for (const name of [
  'run-single',
  'install',
  'uninstall',
  'start',
  'restart',
  'wrapper',
  'fleeting',
  'steps',
  'lint',
  'reset-token',
])
  program
    .command(name, { hidden: true })
    .allowUnknownOption()
    .argument('[rest...]')
    .action(() => {
      throw new HarrierError('NOT_SUPPORTED', `\`harrier ${name}\` is not there yet`);
    });

function readVariables(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const equals = entry.indexOf('=');
      if (equals < 1) throw new HarrierError('INPUT_INVALID', `--variable ${entry}: write KEY=VALUE`);
      return [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
}

function writeError(text: string): void {
  process.stderr.write(text);
}

/** The engine's sockets and timers are closed by now; what a library still holds must not keep the process. */
function finish(code: number): void {
  process.exitCode = code;
  if (process.stdout.writableLength === 0 && process.stderr.writableLength === 0) process.exit(code);
  process.stdout.once('drain', () => process.exit(code));
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else if (error instanceof HarrierError) {
    writeError(`${error.code}: ${error.message}\n${error.hint}\n`);
    finish(error.code.startsWith('PIPELINE_') ? 2 : 1);
  } else throw error;
}

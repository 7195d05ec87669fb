import { hostname } from 'node:os';
import { type Config, executorNames } from '../../src-shared/config-schema.ts';
import { HarrierError } from '../../src-shared/errors.ts';
import { executorNames as supported } from '../app/executors.ts';
import { keepChoice } from '../app/found/places.ts';
import { serverFlags, settingsOf } from '../app/register-flags.ts';
import {
  askServer,
  isAuthenticationToken,
  type RegistrationDeps,
  type ServerRequest,
  type ServerRunner,
  saveRunner,
  undoRegistration,
} from '../app/registration.ts';
import { systemClock } from '../base/clock.ts';
import type { Parsed } from '../base/flags.ts';
import type { Logger } from '../base/logger.ts';
import { loadConfig, readSystemId } from '../config/index.ts';
import { configPathOf, logOf } from './context.ts';
import { createPrompt, type Prompt } from './prompt.ts';
import { askExecutor } from './register-executor.ts';
import { readTemplate, withTemplate } from './template.ts';

/**
 * `harrier register`: asks for what the flags leave open, checks the token with GitLab, writes the entry. When a later
 * step fails or Ctrl-C is pressed, GitLab is asked to forget the runner, unless `--leave-runner`.
 */
export async function register(input: Parsed): Promise<number> {
  const log = logOf(input);
  const configPath = configPathOf(input);
  const prompt = createPrompt({ unattended: input.boolean('non-interactive') === true });
  try {
    const config = await knownConfig(configPath);
    const templatePath = input.text('template-config');
    const template = templatePath ? await readTemplate(templatePath) : {};
    const settings = withTemplate(settingsOf(input), template);
    const fill = (name: string): string | undefined => input.text(name) ?? textOf(template[name]);
    const deps: RegistrationDeps = {
      configPath,
      systemId: await readSystemId(configPath, (error) =>
        log.warn('The system id could not be kept', { error: String(error) }),
      ),
      clock: systemClock,
      log,
      env: process.env,
      settings: () => config,
    };
    const request = await askIdentity(input, fill, settings, prompt, log);
    if ((config.runners ?? []).some(({ token }) => token === request.token))
      log.warn('This token stands in the file already: both entries count as one runner for GitLab');
    const runner = await onServer(request, deps, log);
    const leave = input.boolean('leave-runner') === true;
    const undo = leave ? undefined : onInterrupt(() => undoRegistration(request, runner, deps), log);
    try {
      const name = await nameOf(request, fill('name'), prompt);
      const executor = await askExecutor({
        given: fill('executor'),
        settings,
        prompt,
        supported,
        known: executorNames,
      });
      await saveRunner({ ...request, name, ...executor }, runner, deps, { leave: true });
      // What Harrier itself has written needs no question when the window opens.
      if (input.text('config') === undefined)
        await keepChoice({ env: process.env, platform: process.platform, uid: process.getuid?.() }, configPath);
    } catch (error) {
      if (!leave) await undoRegistration(request, runner, deps).catch(() => {});
      throw error;
    } finally {
      undo?.();
    }
    log.info(
      'Runner registered successfully. Feel free to start it, but if it is running already, the config is reloaded by itself!',
    );
    log.info(`Configuration (with the authentication token) was saved in ${JSON.stringify(configPath)}`);
    return 0;
  } finally {
    prompt.close();
  }
}

/** A broken file is told before the server is asked. */
async function knownConfig(path: string): Promise<Config> {
  try {
    return (await loadConfig(path, process.env)).config;
  } catch (error) {
    if (error instanceof HarrierError && error.code === 'CONFIG_NOT_FOUND') return {};
    throw error;
  }
}

async function askIdentity(
  input: Parsed,
  fill: (name: string) => string | undefined,
  settings: Readonly<Record<string, unknown>>,
  prompt: Prompt,
  log: Logger,
): Promise<ServerRequest> {
  const url = await prompt.ask({
    text: 'Enter the GitLab instance URL (for example, https://gitlab.com/)',
    flag: '--url',
    given: fill('url'),
    check: (answer) =>
      /^https?:\/\/[^/?#\s]/i.test(answer.trim()) && URL.canParse(answer.trim())
        ? undefined
        : 'The address must begin with http:// or https://.',
  });
  const byRegistration = input.text('registration-token');
  const token = await prompt.ask({
    text: 'Enter the registration token',
    flag: '--token',
    given: input.text('token') || byRegistration,
  });
  const tls = {
    ...(textOf(settings['tls-ca-file']) ? { tlsCaFile: textOf(settings['tls-ca-file']) } : {}),
    ...(textOf(settings['tls-cert-file']) ? { tlsCertFile: textOf(settings['tls-cert-file']) } : {}),
    ...(textOf(settings['tls-key-file']) ? { tlsKeyFile: textOf(settings['tls-key-file']) } : {}),
  };
  const shared = { url, token: token.trim(), tls };
  if (isAuthenticationToken(shared.token)) {
    refuseServerFlags(input, shared.token === byRegistration?.trim(), log);
    return shared;
  }
  return { ...shared, ...(await askLegacy(input, fill, prompt)) };
}

/** What GitLab itself keeps for a `glrt-` runner cannot be given here. */
function refuseServerFlags(input: Parsed, cameAsRegistrationToken: boolean, log: Logger): void {
  const set = serverFlags
    .filter(({ names: [name = ''], standard }) => input.values.has(name) && input.values.get(name) !== standard)
    .map(({ names: [name] }) => `--${name}`);
  if (set.length === 0) return;
  if (cameAsRegistrationToken) {
    log.warn(`${set.join(', ')} have no effect: GitLab keeps this for a runner with a glrt- token`);
    return;
  }
  throw new HarrierError('INPUT_INVALID', `${set.join(', ')}: GitLab keeps this for a runner with a glrt- token`, {
    hint: 'Leave these flags out and set them on the runner’s page.',
  });
}

async function askLegacy(
  input: Parsed,
  fill: (name: string) => string | undefined,
  prompt: Prompt,
): Promise<Pick<ServerRequest, 'name' | 'legacy'>> {
  const level = input.text('access-level') ?? '';
  if (!['', 'not_protected', 'ref_protected'].includes(level))
    throw new HarrierError('INPUT_INVALID', `--access-level must be not_protected or ref_protected, found "${level}"`);
  const name = await askName(fill('name'), prompt);
  const tags = await prompt.ask({
    text: 'Enter tags for the runner (comma-separated)',
    flag: '--tag-list',
    given: input.text('tag-list'),
    optional: true,
  });
  const note = await prompt.ask({
    text: 'Enter optional maintenance note for the runner',
    flag: '--maintenance-note',
    given: input.text('maintenance-note'),
    optional: true,
  });
  const timeout = input.integer('maximum-timeout') ?? 0;
  return {
    name,
    legacy: {
      ...(tags !== '' ? { tag_list: tags } : {}),
      ...(note !== '' ? { maintenance_note: note } : {}),
      // A runner without tags that takes no untagged jobs would never get one.
      run_untagged: tags === '' || input.boolean('run-untagged') === true,
      locked: input.boolean('locked') ?? true,
      paused: input.boolean('paused') ?? false,
      ...(level !== '' ? { access_level: level } : {}),
      ...(timeout > 0 ? { maximum_timeout: timeout } : {}),
    },
  };
}

const askName = (given: string | undefined, prompt: Prompt): Promise<string> =>
  prompt.ask({ text: 'Enter a name for the runner', flag: '--name', given, standard: hostname() });
const nameOf = async (request: ServerRequest, given: string | undefined, prompt: Prompt): Promise<string> =>
  request.name ?? askName(given, prompt);

async function onServer(request: ServerRequest, deps: RegistrationDeps, log: Logger): Promise<ServerRunner> {
  const step = isAuthenticationToken(request.token) ? 'Verifying runner' : 'Registering runner';
  try {
    const runner = await askServer(request, deps);
    log.info(`${step}... ${isAuthenticationToken(request.token) ? 'is valid' : 'succeeded'}`, { runner: runner.id });
    return runner;
  } catch (error) {
    log.error(`${step}... failed`);
    throw error;
  }
}

/** Until it is called off: an interrupt takes the runner back and ends the program. */
function onInterrupt(undo: () => Promise<unknown>, log: Logger): () => void {
  const handler = (): void => {
    log.warn('Interrupted: GitLab is asked to forget the runner');
    void undo()
      .catch(() => {})
      .finally(() => process.exit(1));
  };
  process.once('SIGINT', handler).once('SIGTERM', handler);
  return () => void process.off('SIGINT', handler).off('SIGTERM', handler);
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

import { createHiddenTexts, diagnose } from '../../src-main/config/index.ts';
import { HarrierError } from '../../src-shared/errors.ts';
import type { ConfigCheckView, ConfigFile, Handlers } from '../../src-shared/ipc.ts';

/** A config.toml as a person has one; its tokens are invented. */
export const sampleConfig = `concurrent = 6
check_interval = 3  # be gentle with the server

[session_server]
  session_timeout = 1800

# Main runner. Ask before you raise the limit.
[[runners]]
  name = "studio-mbp"
  url = "https://gitlab.orbit.dev"
  token = "glrt-t3_abcdefghijk7Kfa"
  executor = "docker"
  limit = 2
  environment = ["NPM_TOKEN=secret-of-npm"]
  [runners.docker]
    image = "node:22-bookworm"
    pull_policy = "always"
    volumes = [
      "/cache",
      "/certs/client",  # docker-in-docker
    ]
    privileged = false

[[runners]]
  name = "studio-mbp-shell"
  url = "https://gitlab.orbit.dev"
  token = "glrt-t3_lmnopqrstuv9xQ2"
  executor = "shell"
  shell = "bash"
`;

type ConfigHandlers = Pick<Handlers, 'config.read' | 'config.check' | 'config.discard' | 'config.save'>;

/** config.toml in memory: hidden, checked and saved as the engine does it, without a disk. */
export function createFakeConfig(path: string, start: string): ConfigHandlers & { changeOnDisk(text: string): string } {
  const texts = createHiddenTexts();
  let text = start;
  let count = 0;
  let draft: { text: string; base: string; revision: string } | undefined;
  const revision = (): string => `revision ${count}`;
  const check = (real: string): ConfigCheckView => ({
    findings: diagnose(real, { env: {}, nowMs: 0, refusalOf: () => undefined }).map(
      ({ position, path: at, ...finding }) => ({
        ...finding,
        path: [...at],
        ...(position ? { line: position.line, column: position.column } : {}),
      }),
    ),
    runners: ['r-mbp', 'r-shell'],
  });
  const file = (): ConfigFile => ({
    path,
    exists: text !== '',
    text: texts.hide(text),
    revision: revision(),
    ...check(text),
    ...(draft ? { draft } : {}),
  });
  return {
    'config.read': async () => file(),
    'config.check': async ({ text: given, revision: base }) => {
      draft = given === texts.hide(text) ? undefined : { text: given, base: texts.hide(text), revision: base };
      return check(texts.reveal(given).text);
    },
    'config.discard': async () => {
      draft = undefined;
      return { ok: true };
    },
    'config.save': async ({ text: given, revision: base }) => {
      if (base !== revision()) return { state: 'conflict', file: file() };
      const real = texts.reveal(given).text;
      if (check(real).findings.some(({ level }) => level === 'file'))
        throw new HarrierError('CONFIG_INVALID', `${path}: the file cannot be used`);
      text = real;
      count += 1;
      draft = undefined;
      return {
        state: 'saved',
        file: file(),
        effects: [{ when: 'now', change: 'set', key: 'limit', runner: 'studio-mbp' }],
        failed: [],
      };
    },
    changeOnDisk(next) {
      text = next;
      count += 1;
      return revision();
    },
  };
}

import type { Argument, ScriptWriter } from '../../../shells/types.ts';
import { type ConfigSection, configText } from './config-text.ts';
import type { GitPlan } from './plan.ts';
import type { UrlRule } from './urls.ts';

/** What must stand in `.git/config`: pieces for `ifFileHas`, in git's own spelling. */
export const repositoryPieces = (plan: GitPlan): (readonly Argument[])[] => [
  configText([remoteSection(plan, false)]),
  configText([includeSection(plan)]),
];

/**
 * Writes the template that `git init` copies into a new repository, with remote and include in it, so that no further
 * `git config` is needed; and the external config file, which holds what must not stay: credentials, the correlation
 * header, the TLS files. It is removed at the end of the job (spec/job-lifecycle.md 3.4).
 *
 * While the sources are fetched, that file gives the credentials as a header: git hands URLs to its helper programs as
 * arguments, where other people of the machine could read them, and asks a first time without credentials.
 */
export const writeConfigFiles = (writer: ScriptWriter, plan: GitPlan): void => {
  const { paths, context, tokenless } = plan;
  writer.makeDirectory(paths.template, { private: context.traits.sharedEnvironment });
  // Only the config file belongs there; hooks that a job planted would run in the next repository.
  writer.removeAll([`${paths.template}/hooks`]);
  writer.writeFile(`${paths.template}/config`, configText(templateSections(plan)));
  const access = [...plan.remote.plainRules.map(ruleSection), ...headerSections(plan)];
  writer.writeFile(paths.externalConfig, configText([...commonSections(plan), ...access]), {
    private: context.traits.sharedEnvironment,
  });
  if (tokenless) writeGlobalConfig(writer, plan);
  writer.fileVariable('GLR_EXT_GIT_CONFIG_PATH', '', paths.externalConfig, { write: false, machinery: true });
};

/** The external config as the job's own commands use it: URLs are rewritten to ones with credentials. */
export const writeJobConfig = (writer: ScriptWriter, plan: GitPlan): void => {
  const { remote, tokenless, paths, context } = plan;
  if (remote.origin === undefined || tokenless) return;
  // In place: the file is ours and has its mode; a removal would cost a process.
  const content = configText([...commonSections(plan), ...remote.rules.map(ruleSection)]);
  writer.writeFiles([{ path: paths.externalConfig, content }], { private: context.traits.sharedEnvironment });
};

/** Tokenless mode: every stage's GIT_CONFIG_GLOBAL points at this file, so it includes the person's own ones first. */
export const writeGlobalConfig = (writer: ScriptWriter, { paths }: GitPlan): void => {
  const included = ['~/.gitconfig', '~/.config/git/config', { path: paths.externalConfig }];
  const sections = included.map((path): ConfigSection => ({ section: 'include', entries: [['path', path]] }));
  writer.writeFile(paths.globalConfig, configText(sections));
};

/** For the strategies without a repository in tokenless mode: the credentials alone. */
export const writeCredentialFiles = (writer: ScriptWriter, plan: GitPlan): void => {
  writer.writeFile(plan.paths.externalConfig, configText(credentialSections(plan)), {
    private: plan.context.traits.sharedEnvironment,
  });
  writeGlobalConfig(writer, plan);
};

const remoteSection = ({ remote }: GitPlan, fetch: boolean): ConfigSection => ({
  section: 'remote',
  subsection: 'origin',
  entries: [['url', remote.url], ...(fetch ? [['fetch', '+refs/heads/*:refs/remotes/origin/*'] as const] : [])],
});
const includeSection = ({ paths }: GitPlan): ConfigSection => ({
  section: 'include',
  entries: [['path', { path: paths.externalConfig }]],
});

const templateSections = (plan: GitPlan): ConfigSection[] => [
  { section: 'init', entries: [['defaultBranch', 'none']] },
  { section: 'fetch', entries: [['recurseSubmodules', 'false']] },
  { section: 'credential', entries: [['interactive', 'never']] },
  { section: 'gc', entries: [['autoDetach', 'false']] },
  remoteSection(plan, true),
  includeSection(plan),
];

const commonSections = (plan: GitPlan): ConfigSection[] => {
  const { context, remote, correlationId } = plan;
  const { variables, traits } = context;
  const sections: ConfigSection[] = [];
  // Only this server needs the id; the official runner sends it to every host.
  if (remote.origin !== undefined && variables.flag('FF_USE_GITALY_CORRELATION_ID'))
    sections.push({
      section: 'http',
      subsection: remote.origin,
      entries: [['extraHeader', `X-Gitaly-Correlation-ID: ${correlationId}`]],
    });
  if (variables.flag('FF_USE_GIT_BUNDLE_URIS'))
    sections.push({ section: 'transfer', entries: [['bundleURI', 'true']] });
  if (traits.sharedEnvironment && remote.origin !== undefined) sections.push(...tlsSections(plan));
  sections.push(...credentialSections(plan));
  return sections;
};

const ruleSection = ({ secret, plain }: UrlRule): ConfigSection => ({
  section: 'url',
  subsection: secret,
  entries: [['insteadOf', plain]],
});

/** No helper of the person is asked for these servers: one that keeps what it gets would keep a wrong token too. */
const headerSections = ({ remote: { logins } }: GitPlan): ConfigSection[] =>
  logins.flatMap(({ origin, user, password }) => [
    {
      section: 'http',
      subsection: origin,
      entries: [['extraHeader', `Authorization: Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`]],
    },
    { section: 'credential', subsection: origin, entries: [['helper', '']] },
  ]);

/** The files of the API's TLS settings, for this host only: git's key and the job's variable. */
export const tlsFiles = ({ context, paths }: GitPlan): (readonly [key: string, path: string])[] =>
  tlsKeys
    .filter(([, variable]) => context.variables.all.some(({ key, file }) => file && key === variable))
    .map(([key, variable]) => [key, paths.fileVariable(variable)]);

const tlsKeys = [
  ['sslCAInfo', 'CI_SERVER_TLS_CA_FILE'],
  ['sslCert', 'CI_SERVER_TLS_CERT_FILE'],
  ['sslKey', 'CI_SERVER_TLS_KEY_FILE'],
] as const;

const tlsSections = (plan: GitPlan): ConfigSection[] => {
  const entries = tlsFiles(plan).map(([key, path]) => [key, { path }] as const);
  const { origin } = plan.remote;
  return entries.length === 0 || origin === undefined ? [] : [{ section: 'http', subsection: origin, entries }];
};

const credentialSections = ({ remote, tokenless }: GitPlan): ConfigSection[] => {
  if (!tokenless || remote.origin === undefined) return [];
  const helper = '!f(){ if [ "$1" = get ]; then echo "password=$CI_JOB_TOKEN"; fi; }; f';
  return [
    {
      section: 'credential',
      subsection: remote.origin,
      entries: [
        ['helper', ''],
        ['helper', helper],
        ['username', 'gitlab-ci-token'],
      ],
    },
  ];
};

import type { Argument, ScriptWriter } from '../../../shells/types.ts';
import { parentOf } from '../paths.ts';
import { repositoryPieces, writeConfigFiles } from './config-files.ts';
import { writeLfs } from './lfs.ts';
import { writeLockCleanup } from './locks.ts';
import { writeNativeClone } from './native-clone.ts';
import type { GitPlan } from './plan.ts';

/**
 * Strategies fetch and clone up to the checked-out work tree, which is the current folder afterwards
 * (spec/job-lifecycle.md 3.4). The flag `fresh` is set when the repository was made by this script.
 * A new repository takes three processes of git, an old one five.
 */
export const writeRepository = (writer: ScriptWriter, plan: GitPlan): void => {
  const { settings, paths, project } = plan;
  if (settings.strategy === 'clone') writer.removeDirectory(project);
  else clearTheWay(writer, plan);
  writeConfigFiles(writer, plan);
  // Where the repository is broken, git must not find the one around the builds folder.
  writer.fileVariable('GIT_CEILING_DIRECTORIES', '', parentOf(project), { write: false, machinery: true });
  if (plan.safeDirectory) writer.command('git', 'config', '--global', '--add', 'safe.directory', { path: project });
  const native = settings.strategy === 'clone' && plan.context.variables.flag('FF_USE_GIT_NATIVE_CLONE');
  const make = () => writeFresh(writer, plan);
  if (native) writeNativeClone(writer, plan, { otherwise: () => notice(writer, plan, make) });
  else
    notice(writer, plan, () => {
      if (settings.strategy === 'clone') return make();
      writer.ifDirectory(
        paths.dotGit,
        () => writeReuse(writer, plan),
        () => {
          // Files without a repository: an earlier job ran without sources. They are cleaned after the checkout.
          writer.ifDirectory(project, () => writer.setFlag('leftovers'));
          make();
        },
      );
      writer.ifFlag('damaged', () => writeAnew(writer, plan));
    });
  if (settings.checkout) writeLfs(writer, plan);
};

const notice = (writer: ScriptWriter, { settings: { depth } }: GitPlan, then: () => void): void => {
  writer.notice(depth > 0 ? `Fetching changes with git depth set to ${depth}...` : 'Fetching changes...');
  then();
};

/** A link in place of the project or of `.git` would lead git elsewhere, a `.git` file into another repository. */
const clearTheWay = (writer: ScriptWriter, plan: GitPlan): void => {
  const { paths, project } = plan;
  writer.removeLink(project);
  writer.removeLink(paths.dotGit);
  writer.ifDirectory(
    paths.dotGit,
    () => writeLockCleanup(writer, plan, { search: true }),
    () => writer.removeFile(paths.dotGit),
  );
};

/**
 * For a repository that is seconds old: no look for garbage, the pack is kept as it came, and nothing waits for the
 * disk. Should the power fail, the next job finds a damaged repository and throws it away.
 */
const quickly = ['-c', 'maintenance.auto=false', '-c', 'fetch.unpackLimit=1', '-c', 'core.fsync=none'];

const writeFresh = (writer: ScriptWriter, plan: GitPlan): void => {
  const { settings, project } = plan;
  writer.setFlag('fresh');
  writer.command('git', ...initArguments(plan));
  writer.changeDirectory(project);
  writer.notice('Created fresh repository.');
  writer.command('git', ...quickly, ...fetchArguments(plan));
  if (!settings.checkout) return void writer.notice('Skipping Git checkout');
  checkoutNotice(writer, plan);
  writer.command('git', ...checkoutArguments(plan));
  writer.ifFlag('leftovers', () => writeClean(writer, plan));
};

/**
 * Works on what an earlier job left. When a step fails, the reason is looked for: a repository that git cannot read, or
 * that lacks objects, is thrown away (flag `damaged`); a server or a ref that is not there is the job's failure.
 */
const writeReuse = (writer: ScriptWriter, plan: GitPlan): void => {
  const { settings, project, paths, sha } = plan;
  const check = () =>
    writer.ifCommand(
      'git',
      ['fsck', '--connectivity-only', '--no-dangling'],
      () => writer.exitKept(),
      () => writer.setFlag('damaged'),
    );
  const fetched = () => {
    if (!settings.checkout) return void writer.notice('Skipping Git checkout');
    checkoutNotice(writer, plan);
    writer.ifCommandOutput(
      'git',
      checkoutArguments(plan),
      () => writeClean(writer, plan),
      () => {
        writer.keepExit();
        writer.ifCommand('git', ['cat-file', '-e', `${sha}^{commit}`], () => writer.setFlag('damaged'), check);
      },
    );
  };
  const fetch = (args: readonly Argument[]) =>
    writer.ifCommandOutput('git', args, fetched, () => {
      writer.keepExit();
      const server = () =>
        // Is it the server? Then the repository is as good as it was.
        writer.ifCommand('git', [...plan.network, 'ls-remote', 'origin', 'HEAD'], check, () => writer.exitKept());
      writer.ifCommand('git', isRepository, server, () => writer.setFlag('damaged'));
    });
  writer.ifCommandOutput(
    'git',
    initArguments(plan),
    () => {
      writer.changeDirectory(project);
      writeConnection(writer, plan);
      if (settings.depth > 0) return fetch(fetchArguments(plan));
      writer.ifFile(`${paths.dotGit}/shallow`, () => writer.setFlag('shallow'));
      writer.ifFlag(
        'shallow',
        () => fetch([...fetchArguments(plan), '--unshallow']),
        () => fetch(fetchArguments(plan)),
      );
    },
    () => writer.setFlag('damaged'),
  );
};

/** `git init` leaves the config of an existing repository alone: remote and include are set when they are not there. */
const writeConnection = (writer: ScriptWriter, plan: GitPlan): void => {
  const { paths, remote } = plan;
  writer.ifFileHas(
    `${paths.dotGit}/config`,
    repositoryPieces(plan),
    () => {},
    () =>
      // Not even a repository: the fetch that follows will find out.
      writer.ifCommand('git', isRepository, () => {
        writer.ifCommand(
          'git',
          ['remote', 'add', 'origin', remote.url],
          () => {},
          () => writer.command('git', 'remote', 'set-url', 'origin', remote.url),
        );
        const include = { path: paths.externalConfig };
        writer.command('git', 'config', '--replace-all', 'include.path', include, '\\.gitlab-runner\\.ext\\.conf$');
      }),
  );
};

const isRepository = ['rev-parse', '--git-dir'];

const writeAnew = (writer: ScriptWriter, plan: GitPlan): void => {
  writer.warning('The work tree of an earlier job is damaged. It is thrown away and cloned anew.');
  writer.changeDirectory('.');
  writer.removeDirectory(plan.project);
  writeFresh(writer, plan);
};

const checkoutNotice = (writer: ScriptWriter, { sha, ref }: GitPlan): void =>
  writer.notice(`Checking out ${sha.slice(0, 8)} as detached HEAD (ref is ${ref})...`);

const writeClean = (writer: ScriptWriter, { settings }: GitPlan): void => {
  if (settings.cleanFlags) writer.command('git', 'clean', ...settings.cleanFlags);
};

const initArguments = ({ project, paths, context }: GitPlan): readonly Argument[] => {
  const format = context.payload.git_info?.repo_object_format ?? '';
  return [
    'init',
    { path: project },
    '--template',
    { path: paths.template },
    ...(format !== '' && format !== 'sha1' ? ['--object-format', format] : []),
  ];
};

const checkoutArguments = ({ sha }: GitPlan): readonly string[] => [
  '-c',
  'submodule.recurse=false',
  'checkout',
  '-f',
  '-q',
  sha,
];

// When the server refuses the credentials, a program that answers nothing leads to `Authentication failed`; without one
// git would complain that it has no terminal to ask at.
const fetchArguments = ({ network, context, settings }: GitPlan): readonly Argument[] => [
  ...network,
  '-c',
  'core.askPass=true',
  'fetch',
  'origin',
  '--no-recurse-submodules',
  ...(context.payload.git_info?.refspecs ?? []),
  ...(settings.depth > 0 ? ['--depth', String(settings.depth)] : []),
  ...settings.fetchFlags,
];

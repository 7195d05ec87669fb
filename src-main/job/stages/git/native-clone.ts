import type { Argument, ScriptWriter } from '../../../shells/types.ts';
import type { GitPlan } from './plan.ts';

/**
 * FF_USE_GIT_NATIVE_CLONE: `git clone` in one go. `clone --revision` came with Git 2.49; an older one takes `otherwise`.
 * The project folder does not exist.
 */
export const writeNativeClone = (
  writer: ScriptWriter,
  plan: GitPlan,
  { otherwise }: { readonly otherwise: () => void },
): void => {
  const { settings, project, sha, ref } = plan;
  writer.ifGitVersion(
    2,
    49,
    () => {
      writer.print('Git version at least "2.49"');
      writer.notice(
        ref === ''
          ? 'Cloning repository...'
          : `Cloning repository for ${ref}${settings.depth > 0 ? ` with git depth set to ${settings.depth}` : ''}...`,
      );
      writer.setFlag('fresh');
      writer.command('git', ...cloneArguments(plan));
      writer.changeDirectory(project);
      if (!settings.checkout) return writer.notice('Skipping Git checkout');
      writer.notice(`Checking out ${sha.slice(0, 8)} as detached HEAD (ref is ${ref})...`);
      writer.command('git', '-c', 'submodule.recurse=false', 'checkout', '-f', '-q', sha);
    },
    otherwise,
  );
};

const cloneArguments = ({ network, remote, project, paths, settings, ref }: GitPlan): readonly Argument[] => [
  // The template is copied too late for the clone itself: the credentials are in the included file.
  '-c',
  { path: paths.externalConfig, prefix: 'include.path=' },
  ...network,
  'clone',
  '--no-checkout',
  remote.url,
  { path: project },
  '--template',
  { path: paths.template },
  ...(settings.depth > 0 ? ['--depth', String(settings.depth)] : []),
  ...(ref === '' ? [] : ref.startsWith('refs/') ? ['--revision', ref] : ['--branch', ref]),
  ...settings.cloneFlags,
];

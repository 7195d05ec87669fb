import { type ExecutorCheck, failed, findProgram, ok, outputOf, warning } from './tools.ts';

const shells = process.platform === 'win32' ? ['pwsh', 'powershell'] : ['bash', 'sh', 'pwsh'];

/** Shells that scripts can run in, and git for the sources. */
export const checkShell: ExecutorCheck = async (settings, env) => {
  const wanted = typeof settings['shell'] === 'string' && settings['shell'] !== '' ? settings['shell'] : undefined;
  const found = (await Promise.all(shells.map(async (name) => ({ name, path: await findProgram(name, env) })))).flatMap(
    ({ name, path }) => (path === undefined ? [] : [{ name, path }]),
  );
  const names = found.map(({ name }) => name).join(', ');
  const chosen =
    found.find(({ name }) => name === (wanted ?? shells[0])) ?? (wanted === undefined ? found[0] : undefined);
  const git = await findProgram('git', env);
  const version = git === undefined ? undefined : (await outputOf(git, ['--version'], env))?.trim();
  return [
    chosen === undefined
      ? failed(
          'shell',
          wanted === undefined ? 'no shell was found on PATH' : `${wanted} was not found on PATH`,
          names === '' ? 'Install bash.' : `Choose one that is here: ${names}.`,
        )
      : ok(
          'shell',
          `${chosen.name} is here (${chosen.path})${
            found.length > 1
              ? `; also here: ${found
                  .filter((each) => each !== chosen)
                  .map(({ name }) => name)
                  .join(', ')}`
              : ''
          }`,
        ),
    version === undefined
      ? warning('git', 'git was not found on PATH', 'Install git, or jobs cannot get their sources.')
      : ok('git', `${version} is here`),
  ];
};

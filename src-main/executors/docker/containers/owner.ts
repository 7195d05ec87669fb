import { runExec } from '../files/exec.ts';
import type { DockerJob } from '../job.ts';

/**
 * FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR: the helper's files belong to root and are closed to others, so they are given to
 * the user of the build container before its first script (spec/executors.md 2.7, 1).
 */
export async function giveFilesToUser(
  job: DockerJob,
  containers: { readonly build: string; readonly helper: string },
): Promise<void> {
  const { engine, request } = job;
  const { directories, log } = request;
  const number = async (option: '-u' | '-g'): Promise<string> => {
    let text = '';
    await runExec(engine, containers.build, ['id', option], {
      onStdout: (data) => {
        text += data.toString();
        return undefined;
      },
    });
    return text.trim();
  };
  const [user, group] = [await number('-u'), await number('-g')];
  if (!/^\d+$/.test(user) || user === '0') return;
  for (const folder of [directories.project, directories.temporary]) {
    if ((await engine.statPath(containers.helper, folder)) === undefined) continue;
    log.plain(`Changing ownership of files at "${folder}" to ${user}:${group}`);
    const { code, stderr } = await runExec(engine, containers.helper, [
      'chown',
      '-RP',
      '--',
      `${user}:${group}`,
      folder,
    ]);
    if (code !== 0) throw new Error(`chown ${folder}: ${stderr || `exit code ${code}`}`);
  }
}

import { messageOf } from '../../../src-shared/errors.ts';
import { systemClock } from '../../base/clock.ts';
import { type ExecutorCheck, failed, ok, textIn } from './tools.ts';

/** An engine that answers, with the kind of containers that this executor runs. */
export const checkDocker =
  (osType: 'linux' | 'windows'): ExecutorCheck =>
  async (settings, env) => {
    // dockerode is loaded when an engine is really looked for.
    const { contextOf, surveyEngines } = await import('../../executors/docker/index.ts');
    try {
      const host = textIn(settings, 'docker', 'host') || undefined;
      const { tries } = await surveyEngines(contextOf(env, { host, tls_verify: false }), { clock: systemClock });
      const first = tries.find(({ picked }) => picked);
      if (first?.info === undefined) {
        const silent = tries.filter(({ info }) => info === undefined);
        const why = silent.map(({ source, reason }) => `${source}: ${reason}`).join('; ');
        return [
          failed(
            'engine',
            `no Docker engine answers${why === '' ? '' : ` (${why})`}`,
            'Start Docker, Podman, Colima, OrbStack or Rancher Desktop, then check again.',
          ),
        ];
      }
      const { osType: found, serverVersion } = first.info;
      if (found !== osType)
        return [
          failed(
            'engine',
            `${first.source} runs ${found} containers, not ${osType} ones`,
            `Switch the engine to ${osType} containers, or choose the other Docker executor.`,
          ),
        ];
      const more = tries.filter(({ info }) => info !== undefined).length - 1;
      const others = more > 0 ? `; ${more} more engine${more > 1 ? 's' : ''} here` : '';
      return [ok('engine', `Docker engine ${serverVersion} answers (${first.source})${others}`)];
    } catch (error) {
      return [failed('engine', messageOf(error), 'Correct what is named, then check again.')];
    }
  };

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
      const { found, silent } = await surveyEngines(
        contextOf(env, { host: textIn(settings, 'docker', 'host') || undefined, tls_verify: false }),
        { clock: systemClock },
      );
      const [first] = found;
      const info = first?.engine.info;
      for (const { engine } of found) engine.close();
      if (first === undefined || info === undefined)
        return [
          failed(
            'engine',
            `no Docker engine answers${silent.length > 0 ? ` (${silent.map(({ source, reason }) => `${source}: ${reason}`).join('; ')})` : ''}`,
            'Start Docker, Podman, Colima, OrbStack or Rancher Desktop, then check again.',
          ),
        ];
      if (info.osType !== osType)
        return [
          failed(
            'engine',
            `${first.source} runs ${info.osType} containers, not ${osType} ones`,
            `Switch the engine to ${osType} containers, or choose the other Docker executor.`,
          ),
        ];
      const others = found.length > 1 ? `; ${found.length - 1} more engine${found.length > 2 ? 's' : ''} here` : '';
      return [ok('engine', `Docker engine ${info.serverVersion} answers (${first.source})${others}`)];
    } catch (error) {
      return [failed('engine', messageOf(error), 'Correct what is named, then check again.')];
    }
  };

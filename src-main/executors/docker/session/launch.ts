import { randomBytes } from 'node:crypto';
import { messageOf } from '../../../../src-shared/errors.ts';
import type { Clock } from '../../../base/clock.ts';
import type { Shell } from '../../../shells/types.ts';
import { type KeeperOptions, keeperScript } from '../../posix/keeper.ts';
import { createKeeperSession } from '../../posix/keeper-session.ts';
import { keeperKey } from '../containers/labels.ts';
import { type ContainerSpec, type Engine, EngineError } from '../engine/types.ts';
import { configurationError } from '../settings.ts';
import { attachedConnection } from './attached.ts';
import { createRestartSession } from './restart-session.ts';
import type { Session } from './types.ts';

/** As the engine's own stop does: TERM, and KILL when it is over. */
const graceMs = 10_000;

export interface LaunchDeps {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly shell: Shell;
  /** Called before the container is started, so that it is removed whatever comes. */
  readonly onContainer: (id: string) => void;
}
/** PowerShell knows no loop of ours: its containers are started once a script. */
export const hasKeeper = ({ name }: Pick<Shell, 'name'>): boolean => name === 'bash' || name === 'sh';

export interface Prepared {
  readonly id: string;
  /** Starts it. The first script may be run right afterwards. */
  start(): Promise<Session>;
}

/** Creates a container in which scripts will run; `start` is a step of its own, since one may wait for another. */
export async function createScriptContainer(
  deps: LaunchDeps,
  {
    name,
    platform,
    keeper,
    spec,
  }: {
    readonly name: string;
    readonly platform?: string;
    readonly keeper: Omit<KeeperOptions, 'mark'>;
    readonly spec: (command: readonly string[]) => ContainerSpec;
  },
): Promise<Prepared> {
  const { engine, clock, shell } = deps;
  const posix = hasKeeper(shell);
  const mark = `harrier-${randomBytes(12).toString('hex')}`;
  const command = posix ? ['sh', '-c', keeperScript({ ...keeper, mark })] : shell.command({ login: false });
  const made = spec(command);
  const labels = posix ? { ...made.Labels, [keeperKey]: 'true' } : made.Labels;
  const id = await create(engine, name, { ...made, Labels: labels }, platform);
  deps.onContainer(id);
  return {
    id,
    async start() {
      if (!posix) {
        const session = createRestartSession({ engine, clock, containerId: id, graceMs });
        const folders = engine.info.osType === 'windows' ? [] : (keeper.openFolders ?? []);
        if (folders.length > 0) await openAll(session, folders);
        return session;
      }
      const stream = await engine.attach(id);
      const lastResort = () => engine.killContainer(id, 'KILL');
      const session = createKeeperSession(attachedConnection(stream), { clock, mark, graceMs, lastResort });
      try {
        await engine.startContainer(id);
      } catch (error) {
        session.close();
        throw startError(error, name);
      }
      return { ...session, containerId: id };
    },
  };
}

/** What the loop does when it begins. */
const openAll = async (session: Session, folders: readonly string[]): Promise<void> => {
  const names = folders.map((folder) => `'${folder.replaceAll("'", "''")}'`);
  await session.run(`chmod 0777 ${names.join(' ')}\n`, {
    signal: new AbortController().signal,
    onOutput: () => undefined,
    endStrays: false,
  });
};

const create = async (engine: Engine, name: string, spec: ContainerSpec, platform?: string): Promise<string> => {
  try {
    return await engine.createContainer(name, spec, platform);
  } catch (error) {
    // What the engine calls a bad request comes from the config or the job, and is the same the next time.
    if (error instanceof EngineError && error.status === 400)
      throw configurationError(`create container ${name}: ${error.message}`, { cause: error });
    throw error;
  }
};

/** An image without a shell fails here; another try would not find one. */
const startError = (error: unknown, name: string): unknown => {
  const text = messageOf(error);
  if (/executable file not found|no such file or directory/i.test(text) && /exec/i.test(text))
    return configurationError(
      `start container ${name}: the image has no shell (sh), or its entrypoint is missing: ${text}`,
      {
        cause: error,
      },
    );
  return error;
};

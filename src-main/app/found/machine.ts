import { copyFile, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { checkConfig } from '../../../src-shared/config/check.ts';
import { HarrierError } from '../../../src-shared/errors.ts';
import type { Handlers } from '../../../src-shared/ipc.ts';
import { addRunner, editConfig, readConfigText } from '../../config/index.ts';
import { findInstalls } from './installs.ts';
import { keepChoice, type Machine, ownConfigPath } from './places.ts';

export interface MachineHandlerDeps {
  readonly machine: Machine;
  readonly configPath: () => string;
  /** A config file was named at the start: it stays, whatever is found. */
  readonly isNamed: boolean;
  readonly isDecided: () => boolean;
  readonly onChosen: () => void;
  /** Ends the engine of the present file and goes on with another one. */
  readonly switchTo: (path: string) => Promise<void>;
}

/** What is on this machine already: use it, copy it, or leave it (ON2). Nothing changes before a person has chosen. */
export function createMachineHandlers(deps: MachineHandlerDeps): Pick<Handlers, 'machine.find' | 'machine.choose'> {
  const { machine } = deps;
  const others = async () => (await findInstalls(machine)).filter(({ path }) => path !== deps.configPath());
  return {
    'machine.find': async () => ({
      found: [...(await others())],
      decided: deps.isDecided(),
      canUse: !deps.isNamed,
      own: deps.isNamed || deps.isDecided() ? deps.configPath() : ownConfigPath(machine),
    }),
    'machine.choose': async ({ path, how }) => {
      const found = (await others()).find((each) => each.path === path);
      if (found === undefined) throw new HarrierError('INPUT_INVALID', `${path} is no config file that was found here`);
      if (how === 'leave') await keepChoice(machine, deps.configPath());
      else if (found.problem !== undefined) throw new HarrierError('CONFIG_INVALID', found.problem);
      else if (how === 'use') {
        if (deps.isNamed) throw new HarrierError('NOT_SUPPORTED', 'Harrier was started with another config file');
        await keepChoice(machine, path);
        await deps.switchTo(path);
      } else {
        await copyInto(deps.configPath(), path);
        if (!deps.isNamed) await keepChoice(machine, deps.configPath());
        await deps.switchTo(deps.configPath());
      }
      deps.onChosen();
      return { ok: true };
    },
  };
}

/** A new file is the very copy; a file that is there gets the other one's runners. The other one is only read. */
async function copyInto(own: string, from: string): Promise<void> {
  const isThere = await stat(own).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    await mkdir(dirname(own), { recursive: true, mode: 0o700 });
    await copyFile(from, own);
    return;
  }
  const source = await readConfigText(from);
  const runners = checkConfig(source?.text ?? '').config?.runners ?? [];
  await editConfig(own, (text) => runners.reduce((after, runner) => addRunner(runner)(after), text));
}

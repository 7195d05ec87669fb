import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { VBoxManage } from './vboxmanage.ts';

/**
 * Switched off, unregistered, its files deleted. A copy that was stopped half-way is not known as a machine, but its
 * disks are, and so is its folder (spec/executors.md 5.4).
 */
export async function removeMachine(vbox: VBoxManage, name: string): Promise<void> {
  await vbox.powerOff(name).catch(() => {});
  const failure = await vbox.unregister(name, { files: true }).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure === undefined) return;
  for (const disk of await vbox.disksIn(name)) await vbox.removeDisk(disk).catch(() => {});
  await vbox.unregister(name, { files: false }).catch(() => {});
  const folder = await vbox.machineFolder();
  if (folder !== undefined && dirname(join(folder, name)) === join(folder))
    await rm(join(folder, name), { recursive: true, force: true });
  if ((await vbox.info(name)) !== undefined) throw failure;
}

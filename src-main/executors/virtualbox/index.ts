import type { Executor } from '../types.ts';
import { createVmExecutor, type VmDeps } from '../vm/executor.ts';
import { boot } from './boot.ts';
import { removeMachine } from './remove.ts';
import { createVBoxManage } from './vboxmanage.ts';

/** Jobs in copies of a virtual machine of VirtualBox. */
export function createVirtualBoxExecutor(deps: VmDeps): Executor {
  const vbox = createVBoxManage(deps);
  return createVmExecutor(
    'virtualbox',
    {
      title: 'VirtualBox',
      settingsOf: ({ virtualbox }) => virtualbox,
      using: async (signal) => `Using VirtualBox version ${await vbox.version(signal)} executor...`,
      reuses: ({ disable_snapshots }) => disable_snapshots !== true,
      boot(vm) {
        const { virtualbox, ssh } = vm.request.runner;
        return boot(vm, {
          vbox,
          snapshots: virtualbox?.disable_snapshots !== true,
          baseSnapshot: virtualbox?.base_snapshot || undefined,
          baseFolder: virtualbox?.base_folder || undefined,
          startType: virtualbox?.start_type || 'headless',
          guestPort: Number(ssh?.port || '22'),
        });
      },
      async stop(name) {
        await vbox.powerOff(name).catch(() => {});
      },
      remove: (name) => removeMachine(vbox, name),
      canRestore: async (name) => (await vbox.info(name)) !== undefined && (await vbox.snapshots(name)).current !== '',
    },
    deps,
  );
}

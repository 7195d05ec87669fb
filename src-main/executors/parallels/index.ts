import type { Executor } from '../types.ts';
import { createVmExecutor, type VmDeps } from '../vm/executor.ts';
import { boot, removeMachine } from './boot.ts';
import { leasesFile } from './leases.ts';
import { createPrlctl } from './prlctl.ts';

export interface ParallelsDeps extends VmDeps {
  /** `arm64` (Apple Silicon) has no linked templates and no snapshots of running machines. */
  readonly arch: string;
}

/** Jobs in copies of a virtual machine of Parallels Desktop. */
export function createParallelsExecutor(deps: ParallelsDeps): Executor {
  const prlctl = createPrlctl(deps);
  const intel = deps.arch !== 'arm64';
  return createVmExecutor(
    'parallels',
    {
      title: 'Parallels',
      settingsOf: ({ parallels }) => parallels,
      using: async (signal) => `Using Parallels ${await prlctl.version(signal)} executor...`,
      reuses: ({ disable_snapshots }) => disable_snapshots !== true && intel,
      boot(vm) {
        const settings = vm.request.runner.parallels;
        return boot(vm, {
          prlctl,
          intel,
          snapshots: settings?.disable_snapshots !== true,
          template: settings?.template_name || `${vm.base}-template`,
          timeServer: settings?.time_server || 'time.apple.com',
          leasesFile,
        });
      },
      async stop(name) {
        await prlctl.kill(name).catch(() => {});
      },
      async remove(name) {
        if ((await prlctl.status(name)) !== undefined) await removeMachine(prlctl, name);
      },
      canRestore: async (name) =>
        (await prlctl.status(name)) !== undefined && (await prlctl.currentSnapshot(name)) !== undefined,
    },
    deps,
  );
}

import { JobFailure } from '../types.ts';
import { createTool, type Tool, ToolFailed, type ToolOptions } from '../vm/tool.ts';

/** The commands of Parallels Desktop (spec/executors.md 4.2). Its formats are known here and nowhere else. */
export interface Prlctl {
  version(signal: AbortSignal): Promise<string>;
  /** `running`, `stopped`, `suspended`, `invalid`, …; undefined: there is no such machine. */
  status(name: string, signal?: AbortSignal): Promise<string | undefined>;
  makeTemplate(base: string, template: string, options: { linked: boolean; signal: AbortSignal }): Promise<void>;
  create(name: string, template: string, signal: AbortSignal): Promise<void>;
  start(name: string, signal: AbortSignal): Promise<void>;
  kill(name: string): Promise<void>;
  delete(name: string): Promise<void>;
  unregister(name: string): Promise<void>;
  /** Whether a command succeeds in the guest; needs Parallels Tools there. */
  succeeds(name: string, command: readonly string[], signal: AbortSignal): Promise<boolean>;
  snapshot(name: string, title: string, signal: AbortSignal): Promise<void>;
  /** The id of the snapshot that the machine is at. */
  currentSnapshot(name: string, signal?: AbortSignal): Promise<string | undefined>;
  restore(name: string, snapshotId: string, signal: AbortSignal): Promise<void>;
  /** As the guest's tools tell it. */
  address(name: string, signal: AbortSignal): Promise<string | undefined>;
  /** Of the first network adapter, 12 hex digits. */
  macAddress(name: string, signal: AbortSignal): Promise<string | undefined>;
}

export function createPrlctl(deps: Pick<ToolOptions, 'env' | 'clock'>): Prlctl {
  const tool: Tool = createTool({
    ...deps,
    program: 'prlctl',
    words: 'calling prlctl',
    missing: 'Parallels Desktop Pro or Business brings it (macOS only)',
  });
  const run = async (args: readonly string[], signal?: AbortSignal): Promise<void> =>
    void (await tool.run(args, signal));
  return {
    async version(signal) {
      const said = await tool.run(['--version'], signal);
      const version = /prlctl version (\d+\.\d+\.\d+)/.exec(said)?.[1];
      if (version !== undefined) return version;
      throw new JobFailure(
        'runner_system_failure',
        `calling prlctl --version: ${JSON.stringify(said.trim())} is not what Parallels Desktop says`,
      );
    },
    async status(name, signal) {
      try {
        return (await tool.run(['list', name, '--no-header', '--output', 'status'], signal)).trim() || undefined;
      } catch (error) {
        if (error instanceof ToolFailed && /could not be found|not registered/i.test(error.said)) return undefined;
        throw error;
      }
    },
    makeTemplate: (base, template, { linked, signal }) =>
      run(['clone', base, '--name', template, '--template', ...(linked ? ['--linked'] : [])], signal),
    create: (name, template, signal) => run(['create', name, '--ostemplate', template], signal),
    start: (name, signal) => run(['start', name], signal),
    kill: (name) => run(['stop', name, '--kill']),
    delete: (name) => run(['delete', name]),
    unregister: (name) => run(['unregister', name]),
    async succeeds(name, command, signal) {
      try {
        await run(['exec', name, ...command], signal);
        return true;
      } catch (error) {
        if (error instanceof ToolFailed) return false;
        throw error;
      }
    },
    snapshot: (name, title, signal) => run(['snapshot', name, '--name', title], signal),
    async currentSnapshot(name, signal) {
      return /\s\*(\{?[-\w]+\}?)/.exec(`\n${await tool.run(['snapshot-list', name], signal)}`)?.[1];
    },
    restore: (name, snapshotId, signal) => run(['snapshot-switch', name, '--id', snapshotId], signal),
    async address(name, signal) {
      const listed: unknown = JSON.parse(await tool.run(['list', name, '-a', '-f', '--json'], signal));
      const first: unknown = Array.isArray(listed) ? listed[0] : undefined;
      const address: unknown =
        typeof first === 'object' && first !== null ? Reflect.get(first, 'ip_configured') : undefined;
      return typeof address === 'string' && address !== '' && address !== '-' ? address.split(' ')[0] : undefined;
    },
    async macAddress(name, signal) {
      return /net0.* mac=([0-9A-F]{12}) card=.*/.exec(await tool.run(['list', '-i', name], signal))?.[1];
    },
  };
}

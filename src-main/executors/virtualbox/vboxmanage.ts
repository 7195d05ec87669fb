import { JobFailure } from '../types.ts';
import { createTool, type Tool, ToolFailed, type ToolOptions } from '../vm/tool.ts';

/** What is known of a machine: its keys as `--machinereadable` writes them. */
export interface Info {
  /** `poweroff`, `saved`, `running`, `paused`, …; empty when it is not told. */
  readonly state: string;
  /** Number of the first network adapter behind NAT. */
  readonly natAdapter: number | undefined;
  /** Port of this machine that leads to the guest's sshd. */
  readonly sshPort: number | undefined;
}
/** The commands of VirtualBox (spec/executors.md 5.2). Its formats are known here and nowhere else. */
export interface VBoxManage {
  version(signal: AbortSignal): Promise<string>;
  /** Undefined: no such machine is registered. */
  info(name: string, signal?: AbortSignal): Promise<Info | undefined>;
  snapshots(
    name: string,
    signal?: AbortSignal,
  ): Promise<{ readonly current: string; readonly known: readonly string[] }>;
  /** `snapshot`: a linked copy of it; otherwise everything is copied. */
  clone(
    base: string,
    name: string,
    options: { snapshot: string | undefined; folder: string | undefined; signal: AbortSignal },
  ): Promise<void>;
  /** Ports of this machine that lead into any guest. */
  usedPorts(signal: AbortSignal): Promise<ReadonlySet<number>>;
  forward(name: string, ports: { adapter: number; host: number; guest: number; signal: AbortSignal }): Promise<void>;
  takeSnapshot(name: string, title: string, signal: AbortSignal): Promise<void>;
  restoreCurrent(name: string, signal: AbortSignal): Promise<void>;
  start(name: string, type: string, signal: AbortSignal): Promise<void>;
  powerOff(name: string): Promise<void>;
  unregister(name: string, options: { readonly files: boolean }): Promise<void>;
  /** As the guest additions tell it. */
  address(name: string, signal: AbortSignal): Promise<string | undefined>;
  /** Disks with the folder of this machine in their path. */
  disksIn(name: string): Promise<readonly string[]>;
  removeDisk(id: string): Promise<void>;
  machineFolder(): Promise<string | undefined>;
}
const rule = 'guestssh';

export function createVBoxManage(deps: Pick<ToolOptions, 'env' | 'clock'>): VBoxManage {
  const tool: Tool = createTool({
    clock: deps.clock,
    env: withInstallFolders(deps.env),
    program: 'VBoxManage',
    words: 'VBoxManage',
    missing: 'install VirtualBox, or add its folder to PATH',
    gist,
  });
  const run = async (args: readonly string[], signal?: AbortSignal): Promise<void> =>
    void (await tool.run(args, signal));
  return {
    async version(signal) {
      const said = (await tool.run(['--version'], signal)).trim();
      // A warning about the kernel module may stand before it.
      const version = said.split('\n').at(-1) ?? '';
      if (/^\d+\.\d+\.\d+/.test(version)) return version;
      throw new JobFailure(
        'runner_system_failure',
        `VBoxManage --version: ${JSON.stringify(said)} is not what VirtualBox says`,
      );
    },
    async info(name, signal) {
      try {
        return readInfo(await tool.run(['showvminfo', name, '--machinereadable'], signal));
      } catch (error) {
        if (error instanceof ToolFailed && /could not find a registered machine|OBJECT_NOT_FOUND/i.test(error.said))
          return undefined;
        throw error;
      }
    },
    async snapshots(name, signal) {
      const said = await tool.run(['snapshot', name, 'list', '--machinereadable'], signal).catch((error: unknown) => {
        if (error instanceof ToolFailed && /does not have any snapshots/i.test(error.said)) return '';
        throw error;
      });
      return {
        current: /^CurrentSnapshotName="(.*)"$/m.exec(said)?.[1] ?? '',
        known: [...said.matchAll(/^Snapshot(?:Name|UUID)[-\d]*="(.*)"$/gm)].map(([, known = '']) => known),
      };
    },
    clone: (base, name, { snapshot, folder, signal }) =>
      run(
        [
          ...['clonevm', base, '--mode', 'machine', '--name', name, '--register'],
          ...(snapshot === undefined ? [] : ['--snapshot', snapshot, '--options', 'link']),
          ...(folder === undefined ? [] : ['--basefolder', folder]),
        ],
        signal,
      ),
    async usedPorts(signal) {
      const listed = await tool.run(['list', 'vms', '-l'], signal);
      return new Set([...listed.matchAll(/host port = (\d+)/g)].map(([, port]) => Number(port)));
    },
    forward: (name, { adapter, host, guest, signal }) =>
      run(['modifyvm', name, `--natpf${adapter}`, `${rule},tcp,127.0.0.1,${host},,${guest}`], signal),
    takeSnapshot: (name, title, signal) => run(['snapshot', name, 'take', title], signal),
    restoreCurrent: (name, signal) => run(['snapshot', name, 'restorecurrent'], signal),
    start: (name, type, signal) => run(['startvm', name, '--type', type], signal),
    powerOff: (name) => run(['controlvm', name, 'poweroff']),
    unregister: (name, { files }) => run(['unregistervm', name, ...(files ? ['--delete'] : [])]),
    async address(name, signal) {
      const said = await tool.run(['guestproperty', 'get', name, '/VirtualBox/GuestInfo/Net/0/V4/IP'], signal);
      return /^Value: (\S+)/m.exec(said)?.[1];
    },
    async disksIn(name) {
      const blocks = (await tool.run(['list', 'hdds'])).split(/\r?\n\s*\r?\n/);
      return blocks.flatMap((block) => {
        const location = /^Location:\s+(.*)$/m.exec(block)?.[1]?.replaceAll('\\', '/') ?? '';
        const id = /^UUID:\s+(\S+)$/m.exec(block)?.[1];
        return id !== undefined && location.includes(`/${name}/`) ? [id] : [];
      });
    },
    removeDisk: (id) => run(['closemedium', id, '--delete']),
    async machineFolder() {
      return /^Default machine folder:\s+(.*)$/m.exec(await tool.run(['list', 'systemproperties']))?.[1]?.trim();
    },
  };
}

const readInfo = (text: string): Info => {
  const nat = /^nic(\d+)="nat"$/m.exec(text)?.[1];
  const port = new RegExp(`^Forwarding\\(\\d+\\)="${rule},tcp,[^,]*,(\\d+),`, 'm').exec(text)?.[1];
  return {
    state: /^VMState="(.*)"$/m.exec(text)?.[1] ?? '',
    natAdapter: nat === undefined ? undefined : Number(nat),
    sshPort: port === undefined ? undefined : Number(port),
  };
};

/** `VBoxManage: error: What happened` without the lines about components and interfaces. */
const gist = (said: string): string => {
  const lines = said.split('\n').flatMap((line) => {
    const text = /^VBoxManage(?:\.exe)?: error: (.*)$/.exec(line)?.[1];
    return text === undefined || /^(?:Details|Context):/.test(text) ? [] : [text];
  });
  return lines.length > 0 ? lines.join(' ') : said;
};

/** The installer for Windows leaves PATH alone. */
const withInstallFolders = (env: ToolOptions['env']): ToolOptions['env'] => {
  if (process.platform !== 'win32') return env;
  const folders = [env['ProgramFiles'], env['ProgramFiles(x86)']]
    .filter((folder) => folder !== undefined)
    .map((folder) => `${folder}\\Oracle\\VirtualBox`);
  return { ...env, Path: [env['Path'] ?? env['PATH'], ...folders].join(';') };
};

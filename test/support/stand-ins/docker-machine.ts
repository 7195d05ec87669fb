import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { createCertificate } from '../../../src-main/job/stages/testing/certificate.ts';
import { type Faults, Refused } from './machines.ts';
import { serveTool } from './tool.ts';

/** A `docker-machine` whose machines are doors to the engine of this machine: TLS in front of its socket. */
export interface DockerMachines {
  /** PATH and store for whoever calls the tool. */
  readonly env: Readonly<Record<string, string>>;
  /** Calls so far, without the option that stands before each command. */
  readonly commands: () => readonly (readonly string[])[];
  /** What goes wrong. */
  faults: Faults;
  /** Machines that exist. */
  readonly names: () => readonly string[];
  /** The provider takes it away: the tool still knows it, nobody answers. */
  lose(name: string): void;
  close(): void;
}

export async function openDockerMachines(root: string, socket = '/var/run/docker.sock'): Promise<DockerMachines> {
  const store = join(root, 'store');
  const certificates = join(root, 'certificates');
  for (const folder of [store, certificates]) mkdirSync(folder, { recursive: true });
  const pair = createCertificate(certificates);
  const folderOf = (name: string): string => join(store, 'machines', name);
  const machines = new Map<string, Door>();
  const find = (name = ''): Door => {
    const door = machines.get(name);
    if (door === undefined) throw new Refused(`Docker machine "${name}" does not exist.`, 1);
    return door;
  };
  const isUp = ({ server }: Door): boolean => server.listening;
  const remove = (name: string): void => {
    find(name).shut();
    machines.delete(name);
    rmSync(folderOf(name), { recursive: true });
  };

  const commands: Readonly<Record<string, (args: readonly string[]) => string | Promise<string>>> = {
    async create(args) {
      const name = args.at(-1) ?? '';
      if (machines.has(name)) throw new Refused(`Docker machine "${name}" already exists`, 1);
      mkdirSync(folderOf(name), { recursive: true });
      writeFileSync(join(folderOf(name), 'config.json'), '{}');
      for (const file of ['ca.pem', 'cert.pem']) writeFileSync(join(folderOf(name), file), pair.cert);
      writeFileSync(join(folderOf(name), 'key.pem'), pair.key);
      machines.set(name, await openDoor(pair, socket));
      return `Docker is up and running!\n`;
    },
    config([name]) {
      if (!isUp(find(name)))
        throw new Refused('Error checking TLS connection: Error checking and/or regenerating the certs', 1);
      return '--tlsverify\n';
    },
    url: ([name]) => `tcp://127.0.0.1:${find(name).port}\n`,
    inspect([name, , format]) {
      find(name);
      return format === undefined ? '{}\n' : `${folderOf(name ?? '')}\n`;
    },
    stop([name]) {
      find(name).shut();
      return `Machine "${name}" was stopped.\n`;
    },
    rm([, name = '']) {
      remove(name);
      return `Successfully removed ${name}\n`;
    },
  };
  const state: { faults: Faults } = { faults: {} };
  const tool = await serveTool(join(root, 'bin'), 'docker-machine', {
    answer: ([, command = '', ...args]) => {
      if (state.faults.hangs?.includes(command)) return new Promise(() => {});
      const refusal = state.faults.fails?.[command];
      if (refusal !== undefined) throw new Refused(refusal, 1);
      const run = commands[command];
      if (run === undefined) throw new Refused(`Invalid command: ${command}`, 1);
      return run(args);
    },
    faults: () => ({}),
  });
  return {
    env: {
      PATH: `${join(root, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`,
      MACHINE_STORAGE_PATH: store,
    },
    commands: () => tool.commands.map(([, ...command]) => command),
    get faults() {
      return state.faults;
    },
    set faults(faults) {
      state.faults = faults;
    },
    names: () => [...machines.keys()].filter((name) => existsSync(folderOf(name))),
    lose: (name) => find(name).shut(),
    close() {
      for (const name of [...machines.keys()]) remove(name);
      tool.close();
    },
  };
}

interface Door {
  readonly server: Server;
  readonly port: number;
  shut(): void;
}

const openDoor = async ({ key, cert }: { key: string; cert: string }, socket: string): Promise<Door> => {
  const open = new Set<TLSSocket>();
  const server = createServer({ key, cert, ca: cert, requestCert: true, rejectUnauthorized: true }, (client) => {
    open.add(client);
    const engine = connect({ path: socket, allowHalfOpen: true });
    client.on('close', () => {
      open.delete(client);
      engine.destroy();
    });
    engine.on('close', () => client.destroy());
    for (const end of [client, engine]) end.on('error', () => {});
    client.pipe(engine).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    server,
    port: (server.address() as AddressInfo).port,
    shut() {
      server.close();
      for (const client of open) client.destroy();
    },
  };
};

import { BlockList, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Engine } from '../engine/types.ts';
import { runExec } from '../files/exec.ts';

/** Tries what the helper image has: nc, bash's /dev/tcp, wget (any answer counts, even an angry one). */
const script = [
  'if nc -h 2>&1 | grep -q -e "-z"; then nc -z -w 1 "$1" "$2"; exit; fi',
  'if command -v bash >/dev/null 2>&1; then exec bash -c "exec 3<>/dev/tcp/$1/$2" 2>/dev/null; fi',
  'case "$(wget -O /dev/null "http://$1:$2/" 2>&1)" in',
  '  *efused*|*"an\'t connect"*|*nreachable*|*"o route"*|*"imed out"*|*"not found"*) exit 1;;',
  'esac',
].join('\n');

/** Whether a port answers, seen from the job's network: for engines whose networks this machine does not reach. */
export const probeFromInside =
  (engine: Engine, container: () => Promise<string>) =>
  async (address: string, port: number): Promise<boolean> => {
    const command = ['sh', '-c', script, 'sh', address, String(port)];
    return (await runExec(engine, await container(), command)).code === 0;
  };

/**
 * Container addresses may be addresses of this machine: Linux, the engine's socket, no virtual machine, not rootless.
 * `addresses` must lie in a network of ours too, which those of another network do not when Harrier runs in a container.
 */
export const isReachable = ({ endpoint, info }: Engine, addresses: readonly string[]): boolean =>
  process.platform === 'linux' &&
  endpoint.kind === 'socket' &&
  info.osType === 'linux' &&
  !info.rootless &&
  !/desktop|colima|rancher/i.test(`${info.operatingSystem} ${info.name}`) &&
  addresses.every((address) => isNear(address));

const isNear = (address: string): boolean => {
  const near = new BlockList();
  for (const each of Object.values(networkInterfaces()).flat())
    if (each?.cidr)
      near.addSubnet(each.address, Number(each.cidr.split('/')[1]), each.family === 'IPv6' ? 'ipv6' : 'ipv4');
  return near.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
};

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** One key of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
interface KnownKey {
  readonly line: number;
  readonly hosts: string;
  readonly type: string;
  readonly key: string;
  readonly revoked: boolean;
}
export interface KnownHosts {
  /** Key types that are known of this host, so that it is asked for one of them. */
  types(address: HostAddress): readonly string[];
  /** Undefined: the key is the host's. Otherwise what is wrong with it, in the words of Go's `knownhosts`. */
  problem(address: HostAddress, key: Buffer): string | undefined;
}
export interface HostAddress {
  readonly host: string;
  readonly port: number;
}

/** Keys by certificate authorities (`@cert-authority`) are not judged: such a line counts for nothing. */
export function parseKnownHosts(text: string, path: string): KnownHosts {
  const keys = text.split('\n').flatMap(readLine);
  const of = (address: HostAddress): KnownKey[] => keys.filter(({ hosts }) => fits(hosts, nameOf(address)));
  return {
    types: (address) => [...new Set(of(address).flatMap(({ type, revoked }) => (revoked ? [] : [type])))],
    problem(address, key) {
      const encoded = key.toString('base64');
      const known = of(address);
      const revoked = known.find((each) => each.revoked && each.key === encoded);
      if (revoked !== undefined) return `knownhosts: key is revoked (${path}:${revoked.line})`;
      const usable = known.filter((each) => !each.revoked);
      if (usable.some((each) => each.key === encoded)) return undefined;
      const print = fingerprint(key);
      if (usable.length === 0) return `knownhosts: key is unknown (${print} is not in ${path} for ${nameOf(address)})`;
      const lines = usable.map(({ line }) => line).join(', ');
      return `knownhosts: key mismatch (the host shows ${print}, ${path} line ${lines} has another one)`;
    },
  };
}

/** As OpenSSH prints it. */
export const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

const readLine = (text: string, index: number): KnownKey[] => {
  const words = text.trim().split(/\s+/);
  if (text.trim() === '' || text.trim().startsWith('#')) return [];
  const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
  const [hosts, type, key] = words;
  if (hosts === undefined || type === undefined || key === undefined || marker === '@cert-authority') return [];
  return [{ line: index + 1, hosts, type, key, revoked: marker === '@revoked' }];
};

/** `host`, or `[host]:port` for another port than 22. */
const nameOf = ({ host, port }: HostAddress): string => (port === 22 ? host : `[${host}]:${port}`).toLowerCase();

const fits = (hosts: string, name: string): boolean => {
  if (hosts.startsWith('|1|')) return fitsHash(hosts, name);
  let fit = false;
  for (const pattern of hosts.toLowerCase().split(',')) {
    if (pattern.startsWith('!')) {
      if (globFits(pattern.slice(1), name)) return false;
    } else if (globFits(pattern, name)) fit = true;
  }
  return fit;
};

const globFits = (pattern: string, name: string): boolean => {
  const source = pattern
    .replace(/[\\^$.|+(){}[\]]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(name);
};

/** `|1|salt|hash`: HMAC-SHA1 of the name (HashKnownHosts). */
const fitsHash = (text: string, name: string): boolean => {
  const [, , salt = '', hash = ''] = text.split('|');
  const expected = Buffer.from(hash, 'base64');
  const found = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return expected.length === found.length && timingSafeEqual(expected, found);
};

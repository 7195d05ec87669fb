import { BlockList, isIP } from 'node:net';
import { HarrierError } from '../../src-shared/errors.ts';

/** An HTTP proxy on the way to the coordinator. */
export interface HttpProxy {
  readonly url: URL;
  /** Value of Proxy-Authorization, when the address holds a user. */
  readonly authorization?: string;
  /** The address for people: without user and password. */
  readonly shown: string;
}
type Env = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a URL: the explicit one, else what HTTP_PROXY, HTTPS_PROXY and NO_PROXY say (upper case counts first,
 * as in Go's httpproxy, whose rules these are). Throws SERVER_UNREACHABLE for an address that is no http(s) proxy.
 */
export function proxyFor(url: URL, env: Env, explicit?: string): HttpProxy | undefined {
  if (explicit !== undefined && explicit !== '') return parseProxy(explicit);
  const pick = (name: string): string | undefined => env[name] || env[name.toLowerCase()] || undefined;
  const address = pick(url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY');
  if (address === undefined || isExempt(url, pick('NO_PROXY') ?? '')) return undefined;
  return parseProxy(address);
}

function parseProxy(address: string): HttpProxy {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.hostname === '')
    throw new HarrierError(
      'SERVER_UNREACHABLE',
      `the proxy "${withoutLogin(address)}" cannot be used: Harrier knows http:// and https:// proxies`,
    );
  const login = basicLogin(url);
  return { url, ...(login !== undefined ? { authorization: login } : {}), shown: url.origin };
}

/** `Basic …` of the user and password in a URL; undefined when there is none. */
export function basicLogin(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined;
  return `Basic ${Buffer.from(`${decode(url.username)}:${decode(url.password)}`).toString('base64')}`;
}

/** An address as a person may see it. */
export const withoutLogin = (address: string): string => address.replace(/^([a-z][a-z0-9+.-]*:\/\/)?[^/@]*@/i, '$1');

/** Loopback is never proxied; then `*`, names with their subdomains, `.names`, addresses, CIDR blocks, each with a port. */
function isExempt(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  if (host === 'localhost' || inBlock(host, '127.0.0.0/8') || inBlock(host, '::1/128')) return true;
  return list
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== '' && (entry === '*' || matches(entry, host, port)));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry.includes('/')) return inBlock(host, entry);
  if (isIP(entry) !== 0) return inBlock(host, entry);
  const [, bracketed, plain = '', entryPort] = /^(?:\[(.*)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? [];
  if (entryPort !== undefined && entryPort !== port) return false;
  const name = (bracketed ?? plain).replace(/^\*(?=\.)/, '');
  if (name === '') return false;
  if (isIP(name) !== 0) return inBlock(host, name);
  return name.startsWith('.') ? host.endsWith(name) : host === name || host.endsWith(`.${name}`);
}

function inBlock(host: string, block: string): boolean {
  const [network = '', bits] = block.split('/');
  const family = isIP(network);
  if (family === 0 || isIP(host) === 0) return false;
  const kind = family === 4 ? 'ipv4' : 'ipv6';
  const most = family === 4 ? 32 : 128;
  const length = bits === undefined ? most : Number(bits);
  if (!Number.isInteger(length) || length < 0 || length > most) return false;
  const list = new BlockList();
  list.addSubnet(network, length, kind);
  return list.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

import { createSign, generateKeyPair, type KeyObject, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { promisify } from 'node:util';

const days = 86_400_000;

/**
 * A certificate for `host` that signs itself, as GitLab is told it beside the address (spec/operations.md 6.1): RSA 2048,
 * organisation `GitLab Runner`, two years. Node makes keys and signatures but no certificates, hence the DER here
 * (RFC 5280, 4.1).
 */
export async function selfSigned(
  host: string,
  nowMs: number,
): Promise<{ readonly key: string; readonly cert: string }> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    rsaWithSha256,
    organisation,
    sequence(time(nowMs - days), time(nowMs + 730 * days)),
    organisation,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions(host))),
  );
  const der = sequence(body, rsaWithSha256, bits(signature(body, privateKey)));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
  };
}

const signature = (body: Buffer, key: KeyObject): Buffer => createSign('sha256').update(body).sign(key);

const tagged = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  for (let rest = body.length; rest > 0; rest >>= 8) length.unshift(rest & 0xff);
  const head = body.length < 0x80 ? [tag, body.length] : [tag, 0x80 | length.length, ...length];
  return Buffer.concat([Buffer.from(head), body]);
};
const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, ...parts);
/** The first byte must leave the sign bit clear. */
const integer = (bytes: Buffer): Buffer => tagged(0x02, bytes);
const bits = (bytes: Buffer): Buffer => tagged(0x03, Buffer.from([0]), bytes);
const oid = (hex: string): Buffer => tagged(0x06, Buffer.from(hex, 'hex'));
/** `YYMMDDHHMMSSZ`: right until 2049. */
const time = (ms: number): Buffer =>
  tagged(0x17, Buffer.from(`${new Date(ms).toISOString().replace(/\D/g, '').slice(2, 14)}Z`));

const rsaWithSha256 = sequence(oid('2a864886f70d01010b'), tagged(0x05));
const organisation = sequence(tagged(0x31, sequence(oid('55040a'), tagged(0x0c, Buffer.from('GitLab Runner')))));

const extensions = (host: string): Buffer[] => [
  // keyUsage, critical: digitalSignature and keyEncipherment
  sequence(oid('551d0f'), tagged(0x01, Buffer.from([0xff])), octets(tagged(0x03, Buffer.from([5, 0xa0])))),
  // extendedKeyUsage: serverAuth
  sequence(oid('551d25'), octets(sequence(oid('2b06010505070301')))),
  // subjectAltName
  sequence(oid('551d11'), octets(sequence(alternativeName(host)))),
];
const octets = (body: Buffer): Buffer => tagged(0x04, body);

const alternativeName = (host: string): Buffer =>
  isIP(host) === 0 ? tagged(0x82, Buffer.from(host)) : tagged(0x87, addressBytes(host));

/** Four or sixteen bytes. */
const addressBytes = (host: string): Buffer => {
  if (isIP(host) === 4) return Buffer.from(host.split('.').map(Number));
  // The URL parser writes every IPv6 address in hexadecimal groups.
  const [left = '', right] = new URL(`http://[${host}]`).hostname.slice(1, -1).split('::');
  const words = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));
  const groups = right === undefined ? words(left) : fill(words(left), words(right));
  return Buffer.from(groups.flatMap((word) => [word >> 8, word & 0xff]));
};
const fill = (left: readonly number[], right: readonly number[]): number[] => [
  ...left,
  ...Array<number>(8 - left.length - right.length).fill(0),
  ...right,
];

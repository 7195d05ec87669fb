// Loaded with `--import`: writes down every host that this process, its threads included, looks up or connects to,
// one a line, into the file CONTACTS names. Sockets of this machine's file system are left out.
import dgram from 'node:dgram';
import dns from 'node:dns';
import { appendFileSync } from 'node:fs';
import net from 'node:net';

const file = process.env.CONTACTS;
const note = (what) => appendFileSync(file, `${what}\n`);

const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...args) {
  const first = Array.isArray(args[0]) ? args[0][0] : args[0];
  const options = typeof first === 'object' && first !== null ? first : { port: first, host: args[1] };
  if (options.path === undefined && Number.isInteger(Number(options.port)))
    note(`${typeof options.host === 'string' ? options.host : 'localhost'}:${options.port}`);
  return connect.apply(this, args);
};
for (const [owner, name] of [
  [dns, 'lookup'],
  [dns, 'resolve'],
  [dns, 'resolve4'],
  [dns, 'resolve6'],
  [dns.promises, 'lookup'],
  [dns.promises, 'resolve'],
]) {
  const original = owner[name];
  owner[name] = (host, ...rest) => {
    note(`name ${host}`);
    return original.call(owner, host, ...rest);
  };
}
const { send } = dgram.Socket.prototype;
dgram.Socket.prototype.send = function (...args) {
  note('datagram');
  return send.apply(this, args);
};
note('watching');

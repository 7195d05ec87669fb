import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { createMachineFindings } from './machine-findings.ts';

let folder = '';
let server: Server;
let port = 0;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'findings-'));
  writeFileSync(join(folder, 'sh'), '', { mode: 0o755 });
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const findingsOf = async (text: string, inForce = {}) =>
  (await createMachineFindings({ env: { PATH: folder }, clock: systemClock, inForce: () => inForce })(text)).map(
    ({ level, message, position }) => `${level} ${position?.line ?? 0}: ${message}`,
  );
const session = (address: string): string => `[session_server]\nlisten_address = "${address}"\n`;
const runner = (rest: string): string => `[[runners]]\nname = "a"\n${rest}\n`;

it('a shell that is not there, at the line that asks for it', async () => {
  expect(await findingsOf(runner('executor = "shell"\nshell = "pwsh"'))).toEqual([
    'advice 4: pwsh was not found on PATH. Choose one that is here: sh',
  ]);
  expect(await findingsOf(runner('executor = "shell"'))).toEqual([]);
  expect(await findingsOf(runner('executor = "custom"\n[runners.custom]\nrun_exec = "/nowhere/run"'))).toEqual([
    'advice 3: /nowhere/run is no program that can be run. Check the path, and that the file is executable',
  ]);
});

it('a port that another program has, and an address that is not of this machine; what is in force is ours', async () => {
  const taken = `advice 2: port ${port} is used by another program on this machine`;
  expect(await findingsOf(session(`127.0.0.1:${port}`))).toEqual([taken]);
  expect(await findingsOf(session(`:${port}`))).toEqual([taken]);
  expect(
    await findingsOf(session(`127.0.0.1:${port}`), { session_server: { listen_address: `127.0.0.1:${port}` } }),
  ).toEqual([]);
  expect(await findingsOf(session('192.0.2.7:8093'))).toEqual(['advice 2: this machine has no address 192.0.2.7']);
  expect(await findingsOf(session('127.0.0.1:0'))).toEqual([]);
  expect(await findingsOf(session('half typed'))).toEqual([]);
  expect(await findingsOf('no = [toml')).toEqual([]);
});

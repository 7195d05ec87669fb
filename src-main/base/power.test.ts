import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readPower } from './power.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'power-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  { why: 'nothing is told', supplies: {}, power: 'unknown' },
  {
    why: 'a mouse is no battery',
    supplies: { hid: { type: 'Battery', scope: 'Device', status: 'Discharging' } },
    power: 'unknown',
  },
  {
    why: 'a laptop on its battery',
    supplies: { BAT0: { type: 'Battery', status: 'Discharging' }, AC: { type: 'Mains', online: '0' } },
    power: 'battery',
  },
  {
    why: 'plugged in and charging',
    supplies: { BAT0: { type: 'Battery', status: 'Charging' }, AC: { type: 'Mains', online: '1' } },
    power: 'mains',
  },
  {
    why: 'fed, though the second battery is worked off',
    supplies: { BAT0: { type: 'Battery', status: 'Discharging' }, USB: { type: 'USB', online: '1' } },
    power: 'mains',
  },
  { why: 'full', supplies: { BAT0: { type: 'Battery', status: 'Full' } }, power: 'mains' },
])('$why: $power', async ({ supplies, power }) => {
  for (const [name, files] of Object.entries(supplies)) {
    mkdirSync(join(folder, name));
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, name, file), `${text}\n`);
  }
  expect(await readPower('linux', folder)).toBe(power);
});

it('a folder that is not there, and a system that tells nothing', async () => {
  expect(await readPower('linux', join(folder, 'none'))).toBe('unknown');
  expect(await readPower('win32')).toBe('unknown');
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { leasedAddress } from './leases.ts';

const folder = mkdtempSync(join(tmpdir(), 'leases-'));
const path = join(folder, 'leases');
afterAll(() => rmSync(folder, { recursive: true }));

it('the latest lease of an adapter counts, whatever its length', async () => {
  writeFileSync(
    path,
    [
      '[vnic0]',
      '10.211.55.3="1500001800,1800,001c42aabbcc,ff0000"',
      '10.211.55.9="1500001900,1800,001c42aabbcc,ff0000"',
      '10.211.55.4="1600000000,200000000,001c42aabbcc,ff0000"',
      '10.211.55.5="1700001800,1800,001c42000000,ff0000"',
      '',
    ].join('\n'),
  );
  expect(await leasedAddress(path, '001C42AABBCC')).toBe('10.211.55.9');
  expect(await leasedAddress(path, '001C42FFFFFF')).toBeUndefined();
  expect(await leasedAddress(join(folder, 'none'), '001C42AABBCC')).toBeUndefined();
});

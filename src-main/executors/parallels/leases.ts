import { readFile } from 'node:fs/promises';

/** Where Parallels Desktop on Intel notes which address a machine got. */
export const leasesFile = '/Library/Preferences/Parallels/parallels_dhcp_leases';

/** The address of a network adapter, from lines `ip="expiry,lease,mac,duid"`: that of the latest lease. */
export async function leasedAddress(path: string, macAddress: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  let found: { readonly address: string; readonly began: number } | undefined;
  for (const [, address = '', expiry, length, mac] of text.matchAll(/^([\d.]+)="(\d+),(\d+),([0-9a-f]+),.*"$/gm)) {
    const began = Number(expiry) - Number(length);
    if (mac === macAddress.toLowerCase() && (found === undefined || began > found.began)) found = { address, began };
  }
  return found?.address;
}

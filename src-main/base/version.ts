/** Filled in by the bundler (tools/build.mjs); the fallbacks serve unbundled tests. */
declare const HARRIER_VERSION: string | undefined;
declare const HARRIER_REVISION: string | undefined;

export const version = typeof HARRIER_VERSION === 'string' ? HARRIER_VERSION : '0.0.0';
export const revision = typeof HARRIER_REVISION === 'string' ? HARRIER_REVISION : 'dev';
/** The release of GitLab Runner whose protocol and semantics Harrier follows; `info.version` of the API. */
export const protocolVersion = '19.4.0';

const goPlatforms: Record<string, string> = { win32: 'windows', sunos: 'solaris' };
const goArchitectures: Record<string, string> = { x64: 'amd64', ia32: '386', arm: 'arm' };
/** Operating system and architecture with Go's names, as GitLab expects them (`linux`, `amd64`). */
export const goPlatform = goPlatforms[process.platform] ?? process.platform;
export const goArchitecture = goArchitectures[process.arch] ?? process.arch;

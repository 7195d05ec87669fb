import type { Endpoint } from '../engine/types.ts';
import type { DockerSettings } from '../settings.ts';

/** Where an engine may be, and who said so. */
export interface Candidate {
  readonly source: string;
  readonly endpoint: Endpoint;
}
export interface DiscoveryContext {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly uid: number;
  readonly settings: Pick<DockerSettings, 'host' | 'tls_cert_path' | 'tls_verify'>;
}
/** One way to find engines. Throws when what a person has set is wrong; finds nothing otherwise. */
export type Strategy = (context: DiscoveryContext) => Promise<readonly Candidate[]>;

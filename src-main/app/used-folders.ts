import { join, resolve } from 'node:path';
import type { Config } from '../../src-shared/config-schema.ts';
import type { FolderView } from '../../src-shared/host-calls.ts';
import { runnerKey } from '../engine/index.ts';

/** Where what Harrier keeps and what its jobs make lies on this machine. */
export function foldersOf(
  { runners = [] }: Config,
  parts: { readonly configPath: string; readonly dataFolder: string; readonly workingDirectory: string },
): FolderView[] {
  // Other executors have their builds elsewhere: in containers, machines, on other hosts.
  const here = runners.filter(({ executor }) => executor === 'shell');
  return [
    { kind: 'config', path: parts.configPath },
    { kind: 'data', path: parts.dataFolder },
    ...here.flatMap((runner): FolderView[] => {
      const of = { runner: { key: runnerKey(runner), name: runner.name || runner.url || '' } };
      const place = (set: string | undefined, usual: string): string =>
        set ? resolve(parts.workingDirectory, set) : join(parts.workingDirectory, usual);
      return [
        { kind: 'builds', path: place(runner.builds_dir, 'builds'), ...of },
        { kind: 'cache', path: place(runner.cache_dir, 'cache'), ...of },
      ];
    }),
  ];
}

import { hostname as machineName } from 'node:os';
import { newWriter } from './environment.ts';
import { jobPaths } from './paths.ts';
import type { StageContext } from './types.ts';

/** prepare_script: says where the job runs and clears what an earlier job may have left. */
export const renderPrepare = (context: StageContext): string => {
  const { traits, hostname, runnerHostname, directories } = context;
  const writer = newWriter(context);
  const via = traits.showsHost ? ` via ${runnerHostname ?? machineName()}` : '';
  if (hostname === undefined) writer.hostLine('Running on ', via);
  else writer.print(`Running on ${hostname}${via}...`);
  const paths = jobPaths(context);
  writer.removeLink(directories.temporary);
  writer.removeAll([paths.environmentFile, paths.maskingFile]);
  if (traits.sharedEnvironment) writer.makeDirectory(directories.temporary, { private: true });
  return writer.finish();
};

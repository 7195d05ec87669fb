import type { Listed } from './engine/types.ts';

/**
 * The end of a kept container's time stands in its name: the engine lets a container be renamed, its labels stay as they
 * were made, when nobody knew yet that the job would fail.
 */
const mark = /\.kept-until-(\d+)$/;
export const keptName = (name: string, untilMs: number): string =>
  `${name.replace(mark, '')}.kept-until-${Math.ceil(untilMs / 1000)}`;
export const keptUntilMs = ({ name }: Pick<Listed, 'name'>): number | undefined => {
  const seconds = mark.exec(name)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
};
/** In its time. One that has ended (its own end, an engine that was restarted) has nothing to look at any more. */
export const isKept = (listed: Pick<Listed, 'name' | 'state'>, nowMs: number): boolean =>
  listed.state === 'running' && (keptUntilMs(listed) ?? 0) > nowMs;

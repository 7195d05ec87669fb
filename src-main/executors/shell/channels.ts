import type { RunOptions } from '../types.ts';
import { type OutputChannel, openPipes } from './pipes.ts';

/** Pairs of pipes that are made at the beginning: one for the helper stages, one for the script. */
export const firstPipes = 2;

export const pipeNames = (prefix: string, pairs: number): string[] =>
  Array.from({ length: pairs }, (_, index) => pairOf(prefix, index + 1)).flat();

const pairOf = (prefix: string, number: number): [string, string] => [
  `${prefix}out.${number}`,
  `${prefix}err.${number}`,
];

/** Which channel a stage writes to. */
export interface Channels {
  take(where: RunOptions['where']): Promise<OutputChannel>;
  /** After a stage that ended as it should. */
  giveBack(where: RunOptions['where'], channel: OutputChannel): void;
  close(): void;
}

/**
 * Stages of ours share one pair of pipes. Each stage of the user gets a pair of its own, since processes that it leaves
 * in the background keep writing to it: that must not turn up in a later stage.
 */
export const createChannels = (
  { folder, prefix, terminal }: { folder: string; prefix: string; terminal: OutputChannel | undefined },
  make: (names: readonly [string, string]) => Promise<boolean>,
): Channels => {
  const open = new Set<OutputChannel>();
  let shared: OutputChannel | undefined;
  let used = 0;
  return {
    async take(where) {
      if (terminal !== undefined) return terminal;
      if (where === 'helper' && shared !== undefined) return shared;
      used += 1;
      const names = pairOf(prefix, used);
      if (used > firstPipes && !(await make(names))) throw new Error('the pipes for the output could not be made');
      const channel = openPipes(folder, names);
      open.add(channel);
      if (where === 'helper') shared = channel;
      return channel;
    },
    giveBack(where, channel) {
      if (where === 'helper' || channel === terminal) return;
      channel.close();
      open.delete(channel);
    },
    close() {
      for (const channel of open) channel.close();
      open.clear();
    },
  };
};

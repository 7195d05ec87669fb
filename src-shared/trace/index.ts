export { type Colour, defaultColour, flag, plainStyle, type Span, type Style, trueColour } from './ansi.ts';
export { blockTexts, cutBlock, type Decode, parseBlock } from './block.ts';
export { createFoldMap, type FoldMap } from './folds.ts';
export { type LogLine, lineText, parseLine } from './line.ts';
export { type Block, createLogIndex, type LogIndex, type Problem } from './log-index.ts';
export type { Section } from './sections.ts';

export { type Colour, defaultColour, flag, plainStyle, type Span, type Style, trueColour } from './ansi.ts';
export { blockTexts, cutBlock, type Decode, parseBlock } from './block.ts';
export { createFoldMap, type FoldMap } from './folds.ts';
export { type LogLine, lineText, parseLine } from './line.ts';
export { type Block, createLogIndex, type LogIndex, type LogIndexState, type Problem } from './log-index.ts';
export { createMatcher, emptyQuery, type Matcher, type Query } from './matcher.ts';
export type { FoundMatches } from './schemas.ts';
export { createLogSearch, type SearchPage } from './search.ts';
export type { Section } from './sections.ts';

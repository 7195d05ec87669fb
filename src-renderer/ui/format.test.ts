import { expect, it } from 'vitest';
import { byteSize, roundTime, stageTime, timeOfDay } from './format.ts';

it('the day begins at 00:00', () => expect(timeOfDay(new Date(2026, 0, 1, 0, 5).getTime())).toBe('00:05'));

it.each([
  { why: 'bytes are whole', text: byteSize(999), is: '999 B' },
  { why: 'one digit below a hundred', text: byteSize(18_240), is: '18.2 KB' },
  { why: 'none above', text: byteSize(500_000_000), is: '500 MB' },
  { why: 'no larger unit than this', text: byteSize(5_000_000_000_000_000), is: '5,000 TB' },
  { why: 'tenths of a second', text: stageTime(9_440), is: '9.4 s' },
  { why: 'from a minute on as a clock', text: stageTime(80_000), is: '1:20' },
  { why: 'whole hours', text: roundTime(7200), is: '2 h' },
  { why: 'whole minutes', text: roundTime(1800), is: '30 min' },
  { why: 'neither', text: roundTime(3661), is: '1:01:01' },
])('$why', ({ text, is }) => expect(text).toBe(is));

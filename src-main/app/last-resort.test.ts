import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { createLogger } from '../base/logger.ts';
import { surviveLostPromises } from './last-resort.ts';

it('a promise that fails unheard is told with its stack and ends nothing', () => {
  const said: string[] = [];
  const source = new EventEmitter();
  surviveLostPromises(
    createLogger((level, _message, fields) => void said.push(`${level} ${fields['error']}`)),
    source,
  );
  source.emit('unhandledRejection', new Error('boom'));
  source.emit('unhandledRejection', 'text');
  expect(said[0]).toMatch(/^error Error: boom\n\s+at .*last-resort\.test/);
  expect(said[1]).toBe('error text');
});

import { describe, expect, it } from 'vitest';
import { changesOf, editFields, textsFrom } from './edit-fields.ts';

const found = { values: { name: 'desk', executor: 'shell', limit: 2, 'harrier.pty': true }, concurrent: 4 };
const fields = editFields({ executor: 'shell' });
const texts = textsFrom(found, fields);

describe('settings beside the list', () => {
  it('shows what stands in the file, and what counts where nothing does', () =>
    expect(texts).toMatchObject({
      name: 'desk',
      limit: '2',
      concurrent: '4',
      shell: '',
      output_limit: '4096',
      'harrier.keep_failed': '0s',
      'harrier.notify': 'failures',
      'harrier.pty': 'true',
    }));

  it.each([
    { why: 'nothing was changed', next: {}, changes: { values: {} } },
    {
      why: 'each in its type',
      next: { name: 'new', limit: '0', 'harrier.pty': 'false', 'harrier.notify': 'all' },
      changes: { values: { name: 'new', limit: 0, 'harrier.pty': false, 'harrier.notify': 'all' } },
    },
    { why: 'an emptied key is taken out', next: { name: ' ' }, changes: { values: { name: null } } },
    { why: 'slots of the machine stand apart', next: { concurrent: '8' }, changes: { values: {}, concurrent: 8 } },
    { why: 'a number that is none', next: { limit: 'many' }, changes: { wrong: 'limit' } },
    { why: 'no slot at all', next: { concurrent: '0' }, changes: { wrong: 'concurrent' } },
  ])('$why', ({ next, changes }) => expect(changesOf(found, { ...texts, ...next }, fields)).toEqual(changes));

  it('each executor brings what it needs, without passwords', () => {
    expect(editFields({ executor: 'docker' }).map(({ key }) => key)).toContain('docker.image');
    const ssh = editFields({ executor: 'ssh' }).map(({ key }) => key);
    expect(ssh).toContain('ssh.host');
    expect(ssh).not.toContain('ssh.password');
  });
});

import { describe, expect, it } from 'vitest';
import { parsePayload } from '../../../src-shared/payload.ts';
import { interpolateInputs, sensitiveInputs } from './inputs.ts';

const payload = (script: string, content: unknown = 'staging', type = 'string') => {
  const parsed = parsePayload({
    id: 1,
    token: 't',
    inputs: [{ key: 'x', value: { type, content, sensitive: true } }],
    steps: [{ name: 'script', script: [script] }],
    image: { name: 'i:${{ job.inputs.x }}' },
    cache: [{ key: 'k-${{job.inputs.x}}', paths: ['p/${{ job.inputs.x }}'] }],
    artifacts: [{ name: '${{ job.inputs.x }}', paths: ['${{ job.inputs.x }}'] }],
  });
  if (!parsed.ok) throw new Error('payload');
  return parsed.payload;
};

describe('interpolateInputs', () => {
  it('puts values in wherever the job may name them', () => {
    const done = interpolateInputs(payload('deploy ${{ job.inputs.x }} ${{job.inputs.x}}'));
    expect(done.steps[0]?.script).toEqual(['deploy staging staging']);
    expect(done.image?.name).toBe('i:staging');
    expect(done.cache[0]).toMatchObject({ key: 'k-staging', paths: ['p/staging'] });
    expect(done.artifacts[0]).toMatchObject({ name: 'staging', paths: ['staging'] });
  });

  it.each([
    { type: 'number', content: 1.5, shown: '1.5' },
    { type: 'boolean', content: false, shown: 'false' },
    { type: 'array', content: ['a', 1], shown: '["a",1]' },
    { type: 'struct', content: { a: { b: 2 } }, shown: '{"a":{"b":2}}' },
  ])('shows $type', ({ type, content, shown }) => {
    const source = payload('${{ job.inputs.x }}', content, type);
    expect(interpolateInputs(source).steps[0]?.script).toEqual([shown]);
    expect(sensitiveInputs(source)).toEqual([shown]);
  });

  it.each([
    { script: '${{ job.inputs.x.a.b }}', content: { a: { b: 2 } }, type: 'struct', shown: '2' },
    { script: '${{ job.inputs.x[1] }}', content: ['a', 'b'], type: 'array', shown: 'b' },
    { script: '${{ job.inputs["x"] }}', content: 'v', type: 'string', shown: 'v' },
  ])('reads $script', ({ script, content, type, shown }) => {
    const source = { ...payload(script, content, type), image: null, cache: [], artifacts: [] };
    expect(interpolateInputs(source).steps[0]?.script).toEqual([shown]);
  });

  it.each([
    { script: '${{ job.inputs.y }}', error: 'there is no input "y"' },
    { script: '${{ job.inputs.x.constructor }}', error: 'there is no input "constructor"' },
    { script: '${{ 1 + 1 }}', error: 'only ${{ job.inputs.NAME }} can be used' },
    { script: '${{ vars.x }}', error: 'only ${{ job.inputs.NAME }} can be used' },
  ])('refuses $script', ({ script, error }) => {
    expect(() => interpolateInputs(payload(script))).toThrow(error);
  });

  it('refuses content that is not of its type', () => {
    expect(() => interpolateInputs(payload('x', 5, 'string'))).toThrow('"x" is said to be of type string');
  });

  it('a job without inputs keeps texts that look like them', () => {
    const source = { ...payload('${{ job.inputs.x }}'), inputs: [] };
    expect(interpolateInputs(source)).toBe(source);
  });
});

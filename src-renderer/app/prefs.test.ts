import { describe, expect, it } from 'vitest';
import { createPrefs, defaultPrefs } from './prefs.ts';

const storage = (text: string | null) => {
  const kept = { text };
  return { kept, getItem: () => kept.text, setItem: (_key: string, value: string) => void (kept.text = value) };
};

describe('preferences', () => {
  it.each([
    { why: 'nothing kept', text: null, prefs: defaultPrefs },
    {
      why: 'what was kept',
      text: '{"theme":"dark","wrap":true}',
      prefs: { ...defaultPrefs, theme: 'dark', wrap: true },
    },
    {
      why: 'values of other versions are dropped one by one',
      text: '{"theme":"pink","times":"clock"}',
      prefs: { ...defaultPrefs, times: 'clock' },
    },
    { why: 'garbage', text: '{', prefs: defaultPrefs },
    { why: 'another kind of value', text: '[1]', prefs: defaultPrefs },
  ])('$why', ({ text, prefs }) => expect(createPrefs(storage(text)).getState()).toEqual(prefs));

  it('a change is kept, and a storage that refuses does no harm', () => {
    const box = storage(null);
    createPrefs(box).setState({ theme: 'dark' });
    expect(JSON.parse(box.kept.text ?? '')).toMatchObject({ theme: 'dark' });
    const full = createPrefs({
      getItem: () => null,
      setItem: () => {
        throw new Error('full');
      },
    });
    full.setState({ wrap: true });
    expect(full.getState().wrap).toBe(true);
  });
});

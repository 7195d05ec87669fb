import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { messages } from './messages.ts';
import { isShortcut, isSingle, reachOf, type ShortcutId, shortcuts, showKeys } from './shortcuts.ts';

const on = (platform: string): void => void vi.stubGlobal('navigator', { platform, languages: [] });
const pressed = (key: string, more: Partial<Record<'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey', boolean>> = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...more,
});

describe('shortcuts', () => {
  beforeEach(() => on('Linux x86_64'));
  afterEach(() => void vi.unstubAllGlobals());

  it.each([
    { why: 'Control elsewhere', keys: 'Mod+K', event: pressed('k', { ctrlKey: true }), is: true },
    { why: 'a locked Shift', keys: 'Mod+K', event: pressed('K', { ctrlKey: true }), is: true },
    {
      why: 'with Shift it is another one',
      keys: 'Mod+K',
      event: pressed('K', { ctrlKey: true, shiftKey: true }),
      is: false,
    },
    {
      why: 'with Alt a letter is typed',
      keys: 'Mod+K',
      event: pressed('k', { ctrlKey: true, altKey: true }),
      is: false,
    },
    { why: 'a sign needs Shift on some keyboards', keys: '/', event: pressed('/', { shiftKey: true }), is: true },
    { why: 'so does a digit', keys: 'Mod+1', event: pressed('1', { ctrlKey: true, shiftKey: true }), is: true },
    { why: 'a letter alone', keys: 'E', event: pressed('e'), is: true },
    { why: 'a letter with Control is no letter alone', keys: 'E', event: pressed('e', { ctrlKey: true }), is: false },
    { why: 'Command means nothing here', keys: 'Mod+K', event: pressed('k', { metaKey: true }), is: false },
  ])('$why', ({ keys, event, is }) => expect(isShortcut(event, keys)).toBe(is));

  it('on macOS it is Command, and Control stays the terminal’s', () => {
    on('MacIntel');
    expect(isShortcut(pressed('k', { metaKey: true }), 'Mod+K')).toBe(true);
    expect(isShortcut(pressed('k', { ctrlKey: true }), 'Mod+K')).toBe(false);
    expect(['Shift+Mod+P', 'Shift+E', 'Ctrl+F6'].map(showKeys)).toEqual(['⇧⌘P', '⇧E', 'Ctrl+F6']);
  });

  it('elsewhere keys are written in words, and Control comes first', () =>
    expect(['Shift+Mod+P', 'Shift+E', 'Mod+.', 'Shift+ArrowUp'].map(showKeys)).toEqual([
      'Ctrl+Shift+P',
      '⇧E',
      'Ctrl+.',
      '⇧↑',
    ]));

  it('letters belong to list and log, signs to wherever nobody types, the rest to the window', () => {
    expect(['E', 'Shift+ArrowLeft', '?', 'Mod+Z', 'Mod+S'].map(reachOf)).toEqual([
      'listAndLog',
      'listAndLog',
      'outsideOfText',
      'outsideOfText',
      'anywhere',
    ]);
    expect(['E', 'Shift+E', '?', 'Mod+K', 'Escape'].map(isSingle)).toEqual([true, true, true, false, false]);
  });

  it('no two of them are the same where both count', () => {
    const own = new Set(['list', 'matches']);
    const all = Object.entries(shortcuts).flatMap(([id, keys]) => (own.has(id) ? [] : keys));
    expect(new Set(all).size).toBe(all.length);
  });

  it('docs/design-language.md lists them all', () => {
    const docs = readFileSync(new URL('../../docs/design-language.md', import.meta.url), 'utf8');
    for (const id of Object.keys(shortcuts) as ShortcutId[]) {
      const keys = shortcuts[id].map((each) => `\`${showKeys(each)}\``).join(' ');
      expect(docs).toContain(`| ${keys} | ${messages[`keys.${id}`]} |`);
    }
  });
});

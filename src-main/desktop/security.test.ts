import type { Session, WebContents } from 'electron';
import { describe, expect, it, vi } from 'vitest';
import { contentSecurityPolicy } from '../app/page-policy.ts';
import { externalLink, guardContents, guardSession, webPreferences } from './security.ts';

type Listener = (event: { url: string; preventDefault: () => void }) => void;
const fakeContents = () => {
  const listeners = new Map<string, Listener>();
  let open: (details: { url: string }) => { action: string } = () => ({ action: 'allow' });
  const contents = {
    setWindowOpenHandler: (handler: typeof open) => {
      open = handler;
    },
    on: (name: string, listener: Listener) => listeners.set(name, listener),
  } as unknown as WebContents;
  return {
    contents,
    openWindow: (url: string) => open({ url }),
    emit: (name: string, url: string) => {
      const preventDefault = vi.fn();
      listeners.get(name)?.({ url, preventDefault });
      return preventDefault.mock.calls.length > 0;
    },
  };
};

describe('windows and content', () => {
  it('S1: isolation and sandbox are on, Node is off', () => {
    expect(webPreferences('/p.cjs', false)).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      devTools: false,
    });
  });

  it('S3: the policy allows nothing by default and no inline code', () => {
    const policy = contentSecurityPolicy('abc');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("style-src 'self' 'nonce-abc'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toMatch(/unsafe-(inline|eval)/);
  });

  it('S5: no window opens; a web link goes to the browser, anything else nowhere', () => {
    const { contents, openWindow } = fakeContents();
    const opened: string[] = [];
    guardContents(contents, (url) => opened.push(url));
    for (const url of ['https://gitlab.example/x', 'file:///etc/passwd', 'javascript:alert(1)', 'mailto:a@b.example'])
      expect(openWindow(url)).toEqual({ action: 'deny' });
    expect(opened).toEqual(['https://gitlab.example/x', 'mailto:a@b.example']);
  });

  it.each([
    { why: 'our own page may move', url: 'app://harrier/#/jobs/1', stopped: false },
    { why: 'another host of the same scheme may not', url: 'app://other/', stopped: true },
    { why: 'a name that only begins like ours may not', url: 'app://harrier.example/', stopped: true },
    { why: 'the web may not', url: 'https://gitlab.example/', stopped: true },
  ])('S5: $why', ({ url, stopped }) => {
    const { contents, emit } = fakeContents();
    guardContents(contents, () => {});
    expect(emit('will-navigate', url)).toBe(stopped);
    expect(emit('will-redirect', url)).toBe(stopped);
    expect(emit('will-attach-webview', url)).toBe(true);
  });

  it.each([
    ['https://gitlab.example/a?b', 'https://gitlab.example/a?b'],
    ['file:///etc/passwd', undefined],
    ['vscode://x', undefined],
    ['not a url', undefined],
  ])('S5: link %s', (url, expected) => expect(externalLink(url)).toBe(expected));

  it('S6 to S8: every permission but the clipboard is refused, remote requests are cancelled', () => {
    const handlers: Record<string, (...args: never[]) => unknown> = {};
    const note = (name: string) => (handler: (...args: never[]) => unknown) => {
      handlers[name] = handler;
    };
    const session = {
      setPermissionRequestHandler: note('request'),
      setPermissionCheckHandler: note('check'),
      setDevicePermissionHandler: note('device'),
      setDisplayMediaRequestHandler: note('display'),
      setSpellCheckerEnabled: vi.fn(),
      webRequest: { onBeforeRequest: note('before') },
    };
    guardSession(session as unknown as Session, false);
    const check = handlers['check'] as unknown as (contents: null, permission: string) => boolean;
    expect(
      ['media', 'geolocation', 'notifications', 'clipboard-read', 'openExternal'].map((name) => check(null, name)),
    ).toEqual([false, false, false, false, false]);
    expect(check(null, 'clipboard-sanitized-write')).toBe(true);
    const before = handlers['before'] as unknown as (
      details: { url: string },
      callback: (answer: { cancel: boolean }) => void,
    ) => void;
    const cancelled = (url: string): boolean => {
      let answer = false;
      before({ url }, ({ cancel }) => {
        answer = cancel;
      });
      return answer;
    };
    expect(
      [
        'app://harrier/index.html',
        'https://evil.example/',
        'ws://localhost:1/',
        'file:///etc/passwd',
        'devtools://x',
      ].map(cancelled),
    ).toEqual([false, true, true, true, true]);
    expect(session.setSpellCheckerEnabled).toHaveBeenCalledWith(false);
  });
});

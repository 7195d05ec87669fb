/** `url` of config.toml -> base of the API; undefined when it is no http(s) URL (spec/coordinator-api.md 0.1). */
export function apiBase(url: string): URL | undefined {
  const trimmed = url.trim().replace(/\/+$/, '').replace(/\/ci$/, '');
  const text = `${trimmed}/api/v4/`;
  // The URL parser would take `http:host` and `http:///host` too; nobody means those.
  if (!/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) return undefined;
  const base = new URL(text);
  return base.hostname !== '' && base.search === '' && base.hash === '' ? base : undefined;
}

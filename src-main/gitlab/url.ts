/** `url` of config.toml -> base of the API; undefined when it is no http(s) URL (spec/coordinator-api.md 0.1). */
export function apiBase(url: string): URL | undefined {
  const trimmed = url.trim().replace(/\/+$/, '').replace(/\/ci$/, '');
  try {
    const base = new URL(`${trimmed}/api/v4/`);
    return base.protocol === 'http:' || base.protocol === 'https:' ? base : undefined;
  } catch {
    return undefined;
  }
}

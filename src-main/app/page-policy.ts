/** S3: the policy both hosts send. The nonce is new for each page load; `sockets` = the web host's WebSocket. */
export const contentSecurityPolicy = (nonce: string, sockets: readonly string[] = []): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    ["connect-src 'self'", ...sockets].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');

/** Headers of every answer that is part of the page, in both hosts. */
export const pageHeaders = (
  path: string,
  nonce: string,
  sockets?: readonly string[],
): Readonly<Record<string, string>> => ({
  'content-type': types[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
  'content-security-policy': contentSecurityPolicy(nonce, sockets),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': path === 'index.html' ? 'no-store' : 'max-age=31536000, immutable',
});

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  woff2: 'font/woff2',
  svg: 'image/svg+xml',
  png: 'image/png',
  json: 'application/json',
};

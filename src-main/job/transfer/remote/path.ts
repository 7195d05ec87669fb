/** Each segment as a URL has it; slashes stay. */
export const encodePath = (object: string): string => object.split('/').map(encodePart).join('/');

/** RFC 3986: also what encodeURIComponent leaves alone. Signatures are made over this form. */
export const encodePart = (part: string): string =>
  encodeURIComponent(part).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** A name of an image, taken apart. */
export interface Reference {
  /** Registry host with port, lower case; `docker.io` when none is written. */
  readonly registry: string;
  /** Path without registry, tag and digest. */
  readonly path: string;
  readonly tag: string;
  readonly digest: string;
}

/** `registry:5000/group/image:tag@sha256:…`. Undefined: this is no reference at all. */
export function parseReference(text: string): Reference | undefined {
  const [named = '', digest = ''] = text.split('@');
  if (text.split('@').length > 2 || (digest !== '' && !/^[a-z0-9+._-]+:[0-9a-fA-F]{32,}$/.test(digest)))
    return undefined;
  const slash = named.indexOf('/');
  const first = slash < 0 ? '' : named.slice(0, slash);
  const hasHost = first !== '' && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const rest = hasHost ? named.slice(slash + 1) : named;
  const colon = rest.lastIndexOf(':');
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const tag = colon < 0 ? '' : rest.slice(colon + 1);
  if (!/^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*$/.test(path))
    return undefined;
  if (colon >= 0 && !/^\w[\w.-]{0,127}$/.test(tag)) return undefined;
  return { registry: (hasHost ? first : 'docker.io').toLowerCase(), path, tag, digest };
}

/** What is pulled: `:latest` where neither tag nor digest is written (the engine would pull every tag). */
export const withDefaultTag = (text: string): string => {
  const parsed = parseReference(text);
  return parsed === undefined || parsed.tag !== '' || parsed.digest !== '' ? text : `${text}:latest`;
};

/** An id of an image, which no registry knows. */
export const isImageId = (text: string): boolean => /^sha256:[0-9a-f]{64}$/.test(text);

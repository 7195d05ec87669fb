/**
 * Go's os.Expand, which the official runner applies to `url` and `token` (spec/config-toml.md 4.2): `$NAME`, `${NAME}`,
 * an unknown name is empty, a `$` before anything else stays. `missing` names what was not set.
 */
export function expandEnv(
  value: string,
  env: Readonly<Record<string, string | undefined>>,
): { readonly text: string; readonly missing: readonly string[] } {
  const missing: string[] = [];
  // `${` without an end and `${}` are eaten; `$*`, `$#`, `$1` and the like are names of one letter.
  const text = value.replace(
    /\$(?:\{([^}]*)\}|(\{)|([*#$@!?\-0-9])|([A-Za-z0-9_]+))/g,
    (_, braced, open, one, plain) => {
      const name: string = braced ?? one ?? plain ?? '';
      if (open !== undefined || name === '') return '';
      if (env[name] === undefined) missing.push(name);
      return env[name] ?? '';
    },
  );
  return { text, missing };
}

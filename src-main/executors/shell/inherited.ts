/**
 * What of Harrier's own environment a job sees: who and where the person is, language, time, proxies, sockets of agents
 * and displays, and what Windows programs cannot live without. Everything else (tokens of the shell that started
 * Harrier, settings of other tools) stays out. `[runners.harrier] inherit_env = true` passes all of it on, as the
 * official runner does.
 */
const names = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'TERM',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  'PWD',
  'HOSTNAME',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XAUTHORITY',
  'SSH_AUTH_SOCK',
  'DBUS_SESSION_BUS_ADDRESS',
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  'DOCKER_CERT_PATH',
  'DOCKER_TLS_VERIFY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
  'JAVA_HOME',
  'ANDROID_HOME',
  'ANDROID_SDK_ROOT',
  'DEVELOPER_DIR',
  '__CF_USER_TEXT_ENCODING',
  'SYSTEMROOT',
  'SYSTEMDRIVE',
  'WINDIR',
  'COMSPEC',
  'PATHEXT',
  'TEMP',
  'TMP',
  'USERNAME',
  'USERDOMAIN',
  'USERPROFILE',
  'HOMEDRIVE',
  'HOMEPATH',
  'APPDATA',
  'LOCALAPPDATA',
  'PROGRAMDATA',
  'ALLUSERSPROFILE',
  'PUBLIC',
  'PROGRAMFILES',
  'PROGRAMFILES(X86)',
  'PROGRAMW6432',
  'COMMONPROGRAMFILES',
  'COMMONPROGRAMFILES(X86)',
  'COMMONPROGRAMW6432',
  'COMPUTERNAME',
  'OS',
  'NUMBER_OF_PROCESSORS',
  'PROCESSOR_ARCHITECTURE',
  'PROCESSOR_IDENTIFIER',
  'PSMODULEPATH',
]);

/** Electron's own, also of whoever started Harrier: a tool of a job that is an Electron app would start as another thing. */
const electrons = /^(?:ELECTRON_|CHROME_DESKTOP$)/i;

export type Env = Readonly<Record<string, string | undefined>>;

/** For another user (`run --user`): places and sockets of whoever started Harrier are not for them. */
const personal = /^(?:XDG_.*|XAUTHORITY|SSH_AUTH_SOCK|DBUS_SESSION_BUS_ADDRESS|TMPDIR|SHELL|MAIL)$/;

export function inheritedEnv(
  env: Env,
  all: boolean,
  user?: { readonly env: Readonly<Record<string, string>> },
): Record<string, string> {
  const kept = Object.entries(env).filter(
    ([name, value]) =>
      value !== undefined &&
      !electrons.test(name) &&
      (all || names.has(name.toUpperCase()) || /^(LC_|XDG_)/.test(name)),
  );
  const own = user === undefined ? kept : kept.filter(([name]) => !personal.test(name));
  return { ...(Object.fromEntries(own) as Record<string, string>), ...user?.env };
}

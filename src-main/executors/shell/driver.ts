import { quote } from '../quote.ts';

/**
 * What the job's shell itself runs. One login shell stays for a whole job and runs each script in a subshell of its own:
 * the profile is read once, and all it made (functions, aliases, options, umask, PATH) is there for every stage, as
 * with the official runner, which starts a login shell for each. Orders come on descriptor 3, one a line, answers go
 * back the same way; a script does not see that descriptor.
 *
 *     mkfifo NAME…            makes pipes in the job's folder (also done once at the beginning)
 *     run SCRIPT OUT ERR      runs a script of that folder, its output into two files there; answers the exit code
 */
export const driverText = (shell: 'bash' | 'sh', folder: string, pipes: readonly string[]): string =>
  [
    // A stopped stage must not take the shell with it; in a subshell the signal is fatal again. A script that sends it to
    // its shell (`kill $$`) means to fail: with a shell for each stage, its TERM trap would end that with 1.
    "trap '_harrier_term=1' TERM",
    // A profile may have set it. The scripts set it themselves.
    'set +e',
    `_harrier=${quote(folder)}`,
    ...(pipes.length > 0 ? [mkfifo(pipes)] : []),
    'printf \'%s\\n\' "$?" >&3',
    "while IFS=' ' read -r _harrier_order _harrier_1 _harrier_2 _harrier_3 <&3; do",
    '  _harrier_term=',
    '  case $_harrier_order in',
    `    mkfifo) ${mkfifo(['$_harrier_1', '$_harrier_2'])} ;;`,
    '    run)',
    '      (',
    '        exec 3>&- < "$_harrier/$_harrier_1" > "$_harrier/$_harrier_2" 2> "$_harrier/$_harrier_3" || exit 126',
    `        ${readScript[shell]}`,
    '        exec < /dev/null',
    '        unset _harrier _harrier_order _harrier_term _harrier_1 _harrier_2 _harrier_3',
    // A script of ours leaves its lines to us (shells/posix/wrap.ts).
    '        _harrier_takes_body=1 _harrier_body=',
    '        eval "$_harrier_script"',
    '        _harrier_1=$?',
    '        [ -n "$_harrier_body" ] || exit "$_harrier_1"',
    '        unset _harrier_script _harrier_takes_body _harrier_1',
    '        eval "$_harrier_body"',
    '      ) ;;',
    '  esac',
    '  _harrier_1=$?',
    '  [ "$_harrier_1$_harrier_term" != 01 ] || _harrier_1=1',
    '  printf \'%s\\n\' "$_harrier_1" >&3',
    'done',
    '',
  ].join('\n');

/** With the system's PATH: the profile may have left none. */
const mkfifo = (names: readonly string[]): string =>
  `command -p mkfifo -m 600 ${names.map((name) => `"$_harrier/${name}"`).join(' ')}`;

/** `eval` rather than `.`: messages begin with the name of the shell, not with the path of a file. */
const readScript = {
  bash: "IFS= read -r -d '' _harrier_script",
  sh: '_harrier_script=$(command -p cat)',
} as const;

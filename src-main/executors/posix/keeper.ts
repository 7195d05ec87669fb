import { quote } from '../quote.ts';

/**
 * A small shell loop that runs one script after another, so that a stage costs a few milliseconds instead of the start
 * of a container or a sign-in: the first process of a container, or a command on a machine reached by SSH. It is told
 * what to do through its stdin:
 *
 *   R <bytes> <strays>   then that many bytes of script and a line with the mark; runs it in the job's shell
 *   T / K                TERM or KILL for everything but the loop, while a script runs
 *   H <seconds>          lives on without stdin for so long, for a look at a failed job
 *
 * The end of a script is one mark with its exit code on each of stdout and stderr: the two come through separate pipes,
 * so only a mark on both proves that every byte before it has come through.
 * When stdin ends (Harrier is gone) everything ends, so that a crash leaves no work going on.
 */
export interface KeeperOptions {
  /** What ends a script in the output; unguessable, so that no job can forge it by accident. */
  readonly mark: string;
  /** Files that this container's scripts make are open to every user (FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR off). */
  readonly openUmask?: boolean;
  /** Folders that every user may write to: the mount points of new volumes. */
  readonly openFolders?: readonly string[];
  /** The process numbers are not only ours (`pid_mode`): signals go to the process group, never to everyone. */
  readonly sharedProcesses?: boolean;
}

/** Where shells are, in the official order; bash first, whatever the job's shell is called. */
const shells = [
  '/usr/local/bin/bash',
  '/usr/bin/bash',
  '/bin/bash',
  '/usr/local/bin/sh',
  '/usr/bin/sh',
  '/bin/sh',
  '/busybox/sh',
];

/** Finds the shell; `s` is its path. Part of the loop and of terminals. */
export const detector = [
  's=',
  `for p in ${shells.join(' ')}; do if [ -x "$p" ]; then s=$p; break; fi; done`,
  'if [ -z "$s" ]; then echo shell not found; exit 1; fi',
].join('\n');

/** For `sh -c` in a container. POSIX only: it runs in dash, bash and busybox alike. */
export const keeperScript = ({ mark, openUmask, openFolders, sharedProcesses }: KeeperOptions): string => {
  const openAll = (openFolders ?? []).map((folder) => `chmod 0777 ${quote(folder)} 2>/dev/null`);
  return [
    detector,
    ...(openUmask ? ['umask 0000'] : []),
    ...openAll,
    // A terminal of memory has every container; where it cannot be written to, the script travels through a pipe.
    `f=/dev/shm/.${mark}`,
    'h=; command -v head >/dev/null 2>&1 && h=1',
    ...loop({ mark, program: '"$s"', newFile: ':', group: sharedProcesses === true }),
  ].join('\n');
};

export interface MachineKeeperOptions {
  readonly mark: string;
  /** The job's shell with its arguments; reads the script from stdin. */
  readonly shell: readonly string[];
  /** In the environment of everything that a job starts, `NAME=value`. */
  readonly label: string;
  /** What the scripts left running goes on when the connection is closed between two of them. */
  readonly keepDaemons: boolean;
}

/** For `sh -c` on a machine with other users and other processes. It must lead a process group (`inOwnGroup`). */
export const machineKeeperScript = ({ mark, shell, label, keepDaemons }: MachineKeeperOptions): string =>
  [
    `export ${label}`,
    // Others than Linux's read more than they give, and with it the next order.
    'h=; [ "$(uname -s)" = Linux ] && command -v head >/dev/null 2>&1 && h=1',
    // Each script is in a file with a name that nobody could have made before, and is removed as soon as it is open.
    't() { mktemp "$1/.harrier.XXXXXXXX" 2>/dev/null; }',
    ...loop({
      mark,
      program: shell.map(quote).join(' '),
      newFile: 'f=$(t /dev/shm || t "${TMPDIR:-/tmp}" || t "$HOME")',
      group: true,
    }),
    ...(keepDaemons ? [] : ['kill -KILL 0']),
  ].join('\n');

/**
 * A command that runs `script` as the leader of a process group, so that signals reach what it starts and nothing else.
 * OpenSSH gives each command a group; where a login shell stands in between or another server does not, setsid does.
 */
export const inOwnGroup = (script: string): readonly string[] => [
  'sh',
  '-c',
  [
    // Not `--`, which busybox takes for a number.
    'kill -0 -$$ 2>/dev/null && exec sh -c "$1"',
    'command -v setsid >/dev/null 2>&1 && exec setsid sh -c "$1"',
    'kill -0 -$PPID 2>/dev/null && exec sh -c "$1"',
    'echo "the command has no process group of its own and there is no setsid" >&2',
    'exit 1',
  ].join('\n'),
  'sh',
  script,
];

/** A later end of a hold, in seconds since 1970: looked at when the time of the present one is over. */
export const holdUntilFile = '/dev/shm/.harrier-hold-until';

/** `h` is set where `head` takes no byte too many; `newFile` sets `f`; `group`: signals go to the process group, else to every process. */
const loop = ({
  mark,
  program,
  newFile,
  group,
}: {
  readonly mark: string;
  readonly program: string;
  readonly newFile: string;
  readonly group: boolean;
}): readonly string[] => {
  const all = group ? '0' : '-1';
  return [
    // Below an init or an entrypoint the loop gets the TERM that is meant for the script. A trap, unlike an ignored
    // signal, is not handed down to what it starts.
    'trap : TERM',
    `take() { if [ -n "$h" ]; then head -c "$1"; else while IFS= read -r l && [ "$l" != ${mark} ]; do printf '%s\\n' "$l"; done; fi; }`,
    `listen() { while read -r c x; do case $c in T) kill -TERM ${all};; K) kill -KILL ${all};; esac; done; kill -KILL ${all}; }`,
    'exec 3<&0',
    'while :; do',
    '  read -r c n k || { [ $? -gt 128 ] && continue; break; }',
    '  if [ "$c" = H ]; then',
    '    exec 3<&- </dev/null',
    '    while [ "$n" -gt 0 ]; do',
    '      sleep "$n" & wait $!',
    `      n=$(($(cat ${holdUntilFile} 2>/dev/null || echo 0) - $(date +%s))) || break`,
    '    done',
    '    exit 0',
    '  fi',
    '  [ "$c" = R ] || continue',
    `  ${newFile}`,
    '  if (umask 077; take "$n" >"$f") 2>/dev/null; then',
    '    exec 4<"$f"; rm -f "$f"',
    ...(group ? ['    (trap : TERM; listen) <&3 4<&- >/dev/null 2>&1 &'] : ['    listen <&3 4<&- >/dev/null 2>&1 &']),
    '    w=$!',
    `    ${program} <&4 3<&- 4<&-; r=$?`,
    '    exec 4<&-',
    '  else',
    `    w=; take "$n" | ${program} 3<&-; r=$?`,
    '  fi',
    ...(group ? [] : ['  [ "$k" != 1 ] || kill -KILL -1 2>/dev/null']),
    '  [ -z "$w" ] || { kill -KILL $w; wait $w; } 2>/dev/null',
    `  printf '\\000%s:%s\\000' ${mark} "$r" >&2`,
    `  printf '\\000%s:%s\\000' ${mark} "$r"`,
    'done',
  ];
};

import { ansi } from '../ansi.ts';
import type { Argument, ScriptWriter, ShellOptions, Text } from '../types.ts';
import type { Line, LineKind } from './lines.ts';
import { inQuotes, isVariableName, quote, quotePath, quoteShown, quoteTwice } from './quote.ts';
import { wrapScript } from './wrap.ts';

/**
 * Renders stages for bash and sh. Nothing in the output needs more than POSIX sh (bash 3.2, dash and busybox ash run it).
 * A process costs more than all the rest of a stage: what a builtin can do is done by one.
 */
export const createPosixWriter = (shell: 'bash' | 'sh', options: ShellOptions): ScriptWriter => {
  const lines: Line[] = [];
  let usesFolder = false;
  let depth = 0;
  const add = (text: string, kind: LineKind = 'quiet') => void lines.push({ text: '  '.repeat(depth) + text, kind });
  const path = (text: string): string => {
    const word = quotePath(text);
    if (word.startsWith('"$HARRIER_PWD"')) usesFolder = true;
    return word;
  };
  const word = (argument: Argument): string => {
    if (typeof argument === 'string') return quote(argument);
    return (argument.prefix ? quote(argument.prefix) : '') + path(argument.path);
  };
  const words = (name: string, args: readonly Argument[]): string => [name, ...args].map(word).join(' ');
  const textWord = (text: Text): string => (typeof text === 'string' ? quote(text) : text.map(word).join('') || "''");
  /** A trace shows what the official runner would run where that costs processes and nothing else. */
  const official = options.trace === true && shell === 'bash';
  /** `echo` as officially, which `set -x` shows; not where an sh that calls itself bash would read it as something else. */
  const print = (text: string) =>
    shell === 'bash' && !text.startsWith('-') && (official || !text.includes('\\'))
      ? add(`echo ${quote(text)}`, official ? 'shown' : 'either')
      : add(`printf '%s\\n' ${quote(text)}`, 'either');
  const checked = (text: string, kind?: LineKind) => {
    add(text, kind);
    if (options.exitCodeCheck)
      add('_runner_exit_code=$?; if [ $_runner_exit_code -ne 0 ]; then exit $_runner_exit_code; fi', 'either');
  };
  const branch = (body: () => void) => {
    depth += 1;
    const before = lines.length;
    body();
    if (lines.length === before) add(':', 'either');
    depth -= 1;
  };
  const block = (condition: string, then: () => void, otherwise?: () => void, kind?: LineKind) => {
    add(`if ${condition}; then`, kind);
    branch(then);
    if (otherwise) {
      add('else', 'border');
      branch(otherwise);
    }
    add('fi', 'border');
  };
  const value = (text: string): string => {
    const folder = options.relativeFolder;
    const relative = folder !== undefined && !folder.startsWith('/') && text.startsWith(folder);
    if (relative) return path(text);
    return options.trace ? quoteShown(shell, text) : quote(text);
  };
  const exportAs = (key: string, text: string, machinery = false) => {
    if (isVariableName(key)) return add(`export ${key}=${text}`, machinery ? 'quiet' : 'export');
    print(`The variable name ${JSON.stringify(key)} cannot be exported: use letters, digits and underscores only.`);
    add('exit 1');
  };
  const exists = (file: string): string => `[ -e ${file} ] || [ -L ${file} ]`;

  return {
    variable: (key, text, { machinery } = { machinery: false }) => exportAs(key, value(text), machinery),
    fileVariable(key, text, file, { write, machinery } = { write: true }) {
      if (write && isVariableName(key)) {
        this.makeDirectory(file.slice(0, file.lastIndexOf('/')));
        this.writeFiles([{ path: file, content: text }]);
      }
      exportAs(key, path(file), machinery);
    },
    sourceEnvironmentFile(file) {
      const name = path(file);
      const folder = file.slice(0, file.lastIndexOf('/'));
      if (official && file.startsWith('/')) {
        add(`mkdir -p ${quoteTwice(folder)}`, 'export');
        add(`touch ${quoteTwice(file)}`, 'export');
      } else {
        this.makeDirectory(folder);
        add(`[ -e ${name} ] || : > ${name}`);
      }
      // A last line without newline and empty lines count as anybody would expect; the official script loses the first
      // and fails at the second (golden/versions.md 2).
      add('while read -r _harrier_line || [ -n "$_harrier_line" ]; do');
      add('  if [ -n "$_harrier_line" ]; then export "$_harrier_line"; fi');
      add(`done < ${name}`);
      add('unset _harrier_line');
    },
    command: (name, ...args) => checked(words(name, args), 'shown'),
    commandWith: (environment, name, ...args) =>
      checked(
        `${Object.entries(environment)
          .map(([key, text]) => `${key}=${quote(text)} `)
          .join('')}${words(name, args)}`,
      ),
    tryCommand: (name, ...args) => add(`${words(name, args)} >/dev/null 2>&1 || :`),
    tryCommandWithInput: (input, name, ...args) =>
      add(`printf '%s' ${quote(input)} | ${words(name, args)} >/dev/null 2>&1 || :`),
    ifCommand: (name, args, then, otherwise) => block(`${words(name, args)} >/dev/null 2>&1`, then, otherwise),
    ifCommandOutput: (name, args, then, otherwise) => block(words(name, args), then, otherwise, 'shown'),
    ifOutput: (name, args, then, otherwise) =>
      block(`[ -n "$(${words(name, args)} 2>/dev/null || :)" ]`, then, otherwise),
    // Nearly always in PATH; some packages put it into git's own folder.
    ifGitExtension: (name, then, otherwise) =>
      official
        ? block(`git ${name} version >/dev/null 2>&1`, then, otherwise, 'shown')
        : block(`command -v git-${name} >/dev/null 2>&1 || [ -x "$(git --exec-path)/git-${name}" ]`, then, otherwise),
    ifGitVersion(major, minor, then, otherwise) {
      add('_harrier_git=$(git version); _harrier_git=${_harrier_git#git version }');
      add('_harrier_minor=${_harrier_git#*.}; _harrier_minor=${_harrier_minor%%[!0-9]*}');
      const atLeast = `[ "\${_harrier_git%%.*}" -gt ${major} ] || { [ "\${_harrier_git%%.*}" -eq ${major} ] && [ "$_harrier_minor" -ge ${minor} ]; }`;
      block(`{ ${atLeast}; } 2>/dev/null`, then, otherwise);
    },
    ifFile: (file, then, otherwise) => block(`[ -e ${path(file)} ]`, then, otherwise),
    ifDirectory: (folder, then, otherwise) => block(`[ -d ${path(folder)} ]`, then, otherwise),
    ifFileHas(file, pieces, then, otherwise) {
      const name = path(file);
      add('_harrier_text=');
      add(`if [ -f ${name} ]; then while IFS= read -r _harrier_line || [ -n "$_harrier_line" ]; do`);
      add('  _harrier_text="$_harrier_text$_harrier_line\n"');
      add(`done < ${name}; fi`);
      const tests = pieces.map((piece) => `case "$_harrier_text" in *${textWord(piece)}*) ;; *) false ;; esac`);
      block(tests.join(' && '), then, otherwise);
      add('unset _harrier_text _harrier_line');
    },
    setFlag: (name) => add(`_harrier_${name}=1`),
    ifFlag: (name, then, otherwise) => block(`[ -n "\${_harrier_${name}-}" ]`, then, otherwise),
    keepExit: () => add('_harrier_exit=$?', 'either'),
    exitKept: () => add('exit "$_harrier_exit"'),
    changeDirectory: (folder) => checked(`cd ${path(folder)}`, 'shown'),
    makeDirectory: (folder, { private: isPrivate } = {}) =>
      checked(`[ -d ${path(folder)} ] || mkdir -p ${isPrivate ? '-m 700 ' : ''}${path(folder)}`),
    removeFile: (file) => checked(`if ${exists(path(file))}; then rm -f ${path(file)}; fi`),
    removeDirectory: (folder) => checked(`if ${exists(path(folder))}; then rm -r -f ${path(folder)}; fi`),
    removeAll(paths) {
      if (paths.length === 0) return;
      add(`set --; for _harrier_file in ${paths.map(path).join(' ')}; do`);
      add(`  if ${exists('"$_harrier_file"')}; then set -- "$@" "$_harrier_file"; fi`);
      add('done');
      checked('if [ $# -gt 0 ]; then rm -r -f "$@"; fi');
      add('set --; unset _harrier_file');
    },
    removeLink: (file) => checked(`if [ -L ${path(file)} ]; then rm -f ${path(file)}; fi`),
    removeFilesNamed(folder, names) {
      const tests = names.map((name) => `-name ${quote(name)}`).join(' -o ');
      checked(`if [ -d ${path(folder)} ]; then find ${path(folder)} -type f \\( ${tests} \\) -exec rm -f {} +; fi`);
    },
    writeFile(file, content, { private: isPrivate } = {}) {
      const write = `printf '%s' ${textWord(content)} > ${path(file)}`;
      // Removed first: an older file would keep its mode, and a link planted there would be written through.
      if (isPrivate) this.removeFile(file);
      else this.removeLink(file);
      checked(isPrivate ? `( umask 077; ${write} )` : write);
    },
    writeFiles(files, { private: isPrivate } = {}) {
      if (files.length === 0) return;
      add(isPrivate ? '( umask 077' : '{');
      for (const { path: file, content } of files) {
        const name = path(file);
        add(`if [ -L ${name} ] || { [ -e ${name} ] && ! [ -w ${name} ]; }; then rm -f ${name}; fi`);
        add(`printf '%s' ${textWord(content)} > ${name}`);
      }
      checked(isPrivate ? ')' : '}');
    },
    line: (text) => checked(text, 'shown'),
    sectionStart: (name, header) => {
      add(`printf 'section_start:%s:section_${name}[hide_duration=true,collapsed=true]\\r' ${unixTime}`);
      print(`${ansi.clear}${ansi.boldGreen}${header}${ansi.reset}`);
    },
    sectionEnd: (name) => add(`printf 'section_end:%s:section_${name}\\r${ansi.clear}\\n' ${unixTime}`),
    notice: (text) => print(`${ansi.boldGreen}${text}${ansi.reset}`),
    warning: (text) => print(`${ansi.yellow}${text}${ansi.reset}`),
    plain: (text) => print(`${ansi.reset}${text}`),
    print,
    hostLine: (text, suffix) =>
      official
        ? add(`echo "${inQuotes(text)}$(hostname)${inQuotes(suffix)}..."`, 'export')
        : add(`printf '%s%s%s\\n' ${quote(text)} ${machineName} ${quote(`${suffix}...`)}`),
    giveToOwnerOf: (marker, folder) =>
      checked(`if [ -e ${path(marker)} ]; then chown -R -P "$(stat -c %u:%g ${path(marker)})" ${path(folder)}; fi`),
    emptyLine: () => add('echo', official ? 'shown' : 'either'),
    exit: (code) => add(`exit ${code}`, 'either'),
    raw: (text) => add(text),
    finish: () => {
      const folder: Line = { text: 'HARRIER_PWD=$PWD', kind: 'quiet' };
      return wrapScript(shell, usesFolder ? [folder, ...lines] : lines, options);
    },
  };
};

// bash 5 knows the time and every bash the name without a process.
const unixTime = `"\${EPOCHSECONDS:-$(date +%s)}"`;
const machineName = `"\${HOSTNAME:-$(hostname 2>/dev/null || uname -n)}"`;

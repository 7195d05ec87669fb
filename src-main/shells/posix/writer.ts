import { ansi } from '../ansi.ts';
import type { Argument, ScriptWriter, ShellOptions } from '../types.ts';
import { isVariableName, quote, quotePath } from './quote.ts';
import { wrapScript } from './wrap.ts';

/** Renders stages for bash and sh. Nothing in the output needs more than POSIX sh. */
export const createPosixWriter = (shell: 'bash' | 'sh', options: ShellOptions): ScriptWriter => {
  const lines: string[] = [];
  let usesFolder = false;
  let depth = 0;
  const add = (text: string) => void lines.push('  '.repeat(depth) + text);
  const path = (text: string): string => {
    const word = quotePath(text);
    if (word.startsWith('"$HARRIER_PWD"')) usesFolder = true;
    return word;
  };
  const word = (argument: Argument): string => (typeof argument === 'string' ? quote(argument) : path(argument.path));
  const words = (name: string, args: readonly Argument[]): string => [name, ...args].map(word).join(' ');
  const print = (text: string) => add(`printf '%s\\n' ${quote(text)}`);
  const checked = (text: string) => {
    add(text);
    if (options.exitCodeCheck)
      add('_runner_exit_code=$?; if [ $_runner_exit_code -ne 0 ]; then exit $_runner_exit_code; fi');
  };
  const block = (condition: string, then: () => void, otherwise?: () => void) => {
    add(`if ${condition}; then`);
    branch(then);
    if (otherwise) {
      add('else');
      branch(otherwise);
    }
    add('fi');
  };
  const branch = (body: () => void) => {
    depth += 1;
    const before = lines.length;
    body();
    if (lines.length === before) add(':');
    depth -= 1;
  };
  const value = (text: string): string => {
    const folder = options.temporaryFolder;
    const relative = folder !== undefined && !folder.startsWith('/') && text.startsWith(folder);
    return relative ? path(text) : quote(text);
  };
  const exportAs = (key: string, text: string) => {
    if (isVariableName(key)) return add(`export ${key}=${text}`);
    print(`The variable name ${JSON.stringify(key)} cannot be exported: use letters, digits and underscores only.`);
    add('exit 1');
  };

  return {
    variable: (key, text) => exportAs(key, value(text)),
    fileVariable(key, text, file, { write } = { write: true }) {
      if (write && isVariableName(key)) {
        this.makeDirectory(file.slice(0, file.lastIndexOf('/')));
        add(`printf '%s' ${quote(text)} > ${path(file)}`);
      }
      exportAs(key, path(file));
    },
    sourceEnvironmentFile(file) {
      const name = path(file);
      this.makeDirectory(file.slice(0, file.lastIndexOf('/')));
      add(`[ -e ${name} ] || : > ${name}`);
      // A last line without newline and empty lines count as anybody would expect; the official script loses the first
      // and fails at the second (golden/versions.md 2).
      add('while read -r _harrier_line || [ -n "$_harrier_line" ]; do');
      add('  if [ -n "$_harrier_line" ]; then export "$_harrier_line"; fi');
      add(`done < ${name}`);
    },
    command: (name, ...args) => checked(words(name, args)),
    commandWith: (environment, name, ...args) =>
      checked(
        `${Object.entries(environment)
          .map(([key, text]) => `${key}=${quote(text)} `)
          .join('')}${words(name, args)}`,
      ),
    tryCommand: (name, ...args) => add(`${words(name, args)} >/dev/null 2>&1 || :`),
    ifCommand: (name, args, then, otherwise) => block(`${words(name, args)} >/dev/null 2>&1`, then, otherwise),
    ifCommandOutput: (name, args, then, otherwise) => block(words(name, args), then, otherwise),
    ifFile: (file, then, otherwise) => block(`[ -e ${path(file)} ]`, then, otherwise),
    ifDirectory: (folder, then, otherwise) => block(`[ -d ${path(folder)} ]`, then, otherwise),
    changeDirectory: (folder) => checked(`cd ${path(folder)}`),
    // The tests before mkdir and rm save a process each time there is nothing to do.
    makeDirectory: (folder) => checked(`[ -d ${path(folder)} ] || mkdir -p ${path(folder)}`),
    removeFile: (file) => checked(`if [ -e ${path(file)} ] || [ -L ${path(file)} ]; then rm -f ${path(file)}; fi`),
    removeDirectory: (folder) =>
      checked(`if [ -e ${path(folder)} ] || [ -L ${path(folder)} ]; then rm -r -f ${path(folder)}; fi`),
    removeLink: (file) => checked(`if [ -L ${path(file)} ]; then rm -f ${path(file)}; fi`),
    removeFilesNamed(folder, names) {
      const tests = names.map((name) => `-name ${quote(name)}`).join(' -o ');
      checked(`if [ -d ${path(folder)} ]; then find ${path(folder)} -type f \\( ${tests} \\) -exec rm -f {} +; fi`);
    },
    writeFile(file, content, { private: isPrivate } = {}) {
      const write = `printf '%s' ${quote(content)} > ${path(file)}`;
      // Removed first: an older file would keep its mode, and a link planted there would be written through.
      if (isPrivate) this.removeFile(file);
      checked(isPrivate ? `( umask 077; ${write} )` : write);
    },
    line: (text) => checked(text),
    sectionStart: (name, header) => {
      add(`printf 'section_start:%s:section_${name}[hide_duration=true,collapsed=true]\\r' "$(date +%s)"`);
      print(`${ansi.clear}${header}`);
    },
    sectionEnd: (name) => add(`printf 'section_end:%s:section_${name}\\r${ansi.clear}\\n' "$(date +%s)"`),
    notice: (text) => print(`${ansi.boldGreen}${text}${ansi.reset}`),
    warning: (text) => print(`${ansi.yellow}${text}${ansi.reset}`),
    plain: (text) => print(`${ansi.reset}${text}`),
    hostLine: (text, suffix) => add(`printf '%s%s%s\\n' ${quote(text)} "$(hostname)" ${quote(`${suffix}...`)}`),
    emptyLine: () => add('echo'),
    exit: (code) => add(`exit ${code}`),
    raw: (text) => add(text),
    finish: ({ trace }) => {
      const body = usesFolder ? ['HARRIER_PWD=$PWD', ...lines] : lines;
      return wrapScript(shell, `${body.join('\n')}\n`, { trace, legacyEval: options.legacyEval });
    },
  };
};

import { spawn } from 'node:child_process';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script on stdin and waits for its end. */
export const runScript = (
  program: readonly string[],
  script: string,
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const [name = 'sh', ...args] = program;
    const child = spawn(name, args, { cwd: options.cwd, env: { PATH: process.env['PATH'], ...options.env } });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => void (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => void (stderr += text));
    child.stdin.on('error', () => {});
    child.stdin.end(script);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });

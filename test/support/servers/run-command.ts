import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface CommandOptions {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** After so many ms the command is killed and counts as failed. @default 60_000 */
  readonly timeout?: number;
  readonly onLine?: (line: string) => void;
}

/** Runs a command and resolves with its output. Rejects with its last three lines if it fails or takes too long. */
export function runCommand(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...process.env, LC_ALL: 'C', ...options.env },
      timeout: options.timeout ?? 60_000,
      killSignal: 'SIGKILL',
    });
    const lines: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        options.onLine?.(line);
      });
    }
    // A command that ends without reading its input breaks the pipe. That is no failure: its exit code decides.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(lines.join('\n'));
      const lastWords = lines.filter((line) => line.trim() !== '').slice(-3);
      reject(new Error(`${command} ${signal ?? `exited with ${code}`}: ${lastWords.join(' / ')}`));
    });
  });
}

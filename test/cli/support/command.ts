import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

const MAIN = join(__dirname, '../../../../dist/cli/main.js');

export interface CommandEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/**
 * The environment without our variables and those about colours, so that the test run's own do not affect a command.
 */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const ours = /^(?:MYSQLPOOL_|DATABASE_URL$|NO_COLOR$|FORCE_COLOR$|NODE_OPTIONS$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}

/** A running `mysqlpool` command, with pipes for stdout and stderr. */
export class RunningCommand {
  readonly child: ChildProcess;
  readonly end: Promise<CommandEnd>;
  stdout = '';
  stderr = '';

  constructor(args: readonly string[], { env = {}, cwd }: CommandOptions = {}) {
    this.child = spawn(process.execPath, [MAIN, ...args], {
      env: { ...cleanEnvironment(), ...env },
      ...(cwd !== undefined && { cwd }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout!.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stderr!.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.end = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (status, signal) =>
        resolve({ status, signal, stdout: this.stdout, stderr: this.stderr }),
      );
    });
  }
}

/** Runs the built `mysqlpool` command until it exits. */
export function mysqlpool(args: readonly string[], options?: CommandOptions): Promise<CommandEnd> {
  return new RunningCommand(args, options).end;
}

/** Starts the command in the background; it is killed after the test. */
export function startMysqlpool(t: TestContext, args: readonly string[], options?: CommandOptions): RunningCommand {
  const command = new RunningCommand(args, options);
  t.after(() => command.child.kill('SIGKILL'));
  return command;
}

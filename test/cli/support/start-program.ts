import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { MonitorOptions } from '#internal/monitor/index.js';
import type { Wish } from './program-orders.js';

/** A child process with pools and a monitor. It ends with the test. */
export class Program {
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, (message: { readonly value?: unknown; readonly error?: string }) => void>();
  #lastId = 0;
  /** The URL of the program's monitor. */
  url = '';

  constructor() {
    this.#child = fork(join(__dirname, 'program.js'), { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child.on('message', (message: { readonly id: number; readonly value?: unknown; readonly error?: string }) => {
      this.#answers.get(message.id)?.(message);
      this.#answers.delete(message.id);
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Sends a request and resolves with the program's answer. */
  async do(wish: Wish): Promise<unknown> {
    const id = ++this.#lastId;
    const answer = new Promise<{ readonly value?: unknown; readonly error?: string }>((resolve) =>
      this.#answers.set(id, resolve),
    );
    this.#child.send({ ...wish, id });
    const { value, error } = await answer;
    if (error !== undefined) throw new Error(error);
    return value;
  }

  async monitor(options: MonitorOptions = {}): Promise<string> {
    return (this.url = (await this.do({ do: 'monitor', options })) as string);
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}

/** Starts a program with one pool, `shop`, and a monitor. */
export async function startProgram(
  t: TestContext,
  url: string,
  options: {
    readonly maxSize?: number;
    readonly leakThreshold?: number;
    readonly acquireTimeout?: number;
    readonly name?: string;
  } = {},
  monitor: MonitorOptions = {},
): Promise<Program> {
  const program = new Program();
  t.after(() => program.kill());
  await program.do({ do: 'pool', url, options: { name: 'shop', maxSize: 2, ...options } });
  await program.monitor(monitor);
  return program;
}

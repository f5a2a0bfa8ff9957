import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Order, Reply } from './watched-program.js';

/** Controls the watched program, a child process that ends with this process. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, (reply: Reply) => void>();
  #last = 0;

  constructor() {
    this.#child = fork(join(__dirname, 'watched-program.js'), { execArgv: ['--enable-source-maps'] });
    this.#child.on('message', ({ id, reply }: { id: number; reply: Reply }) => {
      this.#answers.get(id)?.(reply);
      this.#answers.delete(id);
    });
    this.#child.on('exit', () => {
      for (const answer of this.#answers.values()) answer({ error: 'the watched program has ended' });
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  async ask(order: Order): Promise<Reply> {
    const id = ++this.#last;
    const reply = await new Promise<Reply>((resolve) => {
      this.#answers.set(id, resolve);
      this.#child.send({ id, order });
    });
    if (reply.error !== undefined) throw new Error(reply.error);
    return reply;
  }

  /** Stops the process, like a blocked event loop; `go` continues it. */
  stop(): void {
    this.#child.kill('SIGSTOP');
  }

  go(): void {
    this.#child.kill('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}

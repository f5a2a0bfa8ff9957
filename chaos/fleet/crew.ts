import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { isStopped } from '#support/servers/stopped-process.js';
import { until } from '#support/until.js';
import type { FromMember, MemberOrder, ToMember } from './messages.js';
import type { News } from './news.js';

/** A process of the fleet, controlled by its parent process. */
export class MemberProcess {
  readonly number: number;
  /** The client address that the server sees. */
  readonly address: string;
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  #took: ((ms: number) => void) | undefined;
  served = 0;
  /** Resolves when the process has begun to work, which takes long on a busy machine. */
  readonly ready: Promise<void>;
  #begun!: () => void;
  /** The last state that the process has reported of its pool and fleet. */
  state = 'not heard of';
  isFrozen = false;

  constructor(number: number, order: MemberOrder, news: News) {
    this.number = number;
    this.address = order.from ?? '127.0.0.1';
    this.#child = fork(join(__dirname, 'member.js'), [JSON.stringify(order)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // The warnings about a full fleet are expected here.
      execArgv: ['--no-warnings'],
    });
    this.ready = new Promise((resolve) => (this.#begun = resolve));
    this.#exit = once(this.#child, 'exit');
    this.#child.on('message', (message: FromMember) => {
      if ('took' in message) {
        this.#took?.(message.took);
        return;
      }
      this.#begun();
      this.state = message.news.state;
      this.served += message.news.served;
      news.hear(number, message.news);
    });
  }

  tasks(count: number): void {
    this.#tell({ tasks: count });
  }

  /** Has the process acquire `count` connections at once. Resolves when it has all of them, with how long that took. */
  take(count: number): Promise<number> {
    return new Promise((resolve) => {
      this.#took = resolve;
      this.#tell({ take: count });
    });
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }

  async freeze(): Promise<void> {
    this.isFrozen = true;
    this.#child.kill('SIGSTOP');
    await until(() => isStopped(this.#child.pid!), 1_000).catch(() => undefined);
  }

  thaw(): void {
    this.isFrozen = false;
    this.#child.kill('SIGCONT');
  }

  /** Ends the process in an orderly way: it serves its callers, closes its pool and exits. */
  async leave(): Promise<void> {
    this.#tell({ leave: true });
    await this.#exit;
  }

  #tell(message: ToMember): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }
}

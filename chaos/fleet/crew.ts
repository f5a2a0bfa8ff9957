import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { isStopped } from '#support/servers/stopped-process.js';
import { until } from '#support/until.js';
import type { FromMember, MemberOrder, ToMember } from './messages.js';
import type { News } from './news.js';

/** A process of the fleet, as its parent sees it. */
export class MemberProcess {
  readonly number: number;
  /** Where the server sees it come from. */
  readonly address: string;
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  #took: ((ms: number) => void) | undefined;
  served = 0;
  /** It has begun to work: on a busy machine a process takes its time to start. */
  readonly ready: Promise<void>;
  #begun!: () => void;
  /** What its pool and its fleet say of themselves. */
  state = 'not heard of';
  isFrozen = false;

  constructor(number: number, order: MemberOrder, news: News) {
    this.number = number;
    this.address = order.from ?? '127.0.0.1';
    this.#child = fork(join(__dirname, 'member.js'), [JSON.stringify(order)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // A fleet that is full for a while is nothing to warn of here.
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

  /** Has it hold so many connections at once. Settles when it has them all. */
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

  /** It serves whom it has to serve, gives back all that it has, and ends. */
  async leave(): Promise<void> {
    this.#tell({ leave: true });
    await this.#exit;
  }

  #tell(message: ToMember): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }
}

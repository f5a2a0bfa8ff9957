/** A process with many FTP clients, each of which runs one session after the other until the time is up. */
import { randomInt } from 'node:crypto';
import { FtpClient } from './ftp-client.js';
import type { ClientFigures, ClientsOrder, ClientsResult, Upload } from './messages.js';
import { pause } from './pause.js';
import { runWorker } from './run-worker.js';

const REPORT_MS = 200;
/** A client that was refused retries after a random pause between these. */
const SHORTEST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 600;

class Crowd {
  readonly uploads: Upload[] = [];
  readonly #order: ClientsOrder;
  readonly #stop: AbortSignal;
  #sessionsServed = 0;
  #operations = 0;
  #failures = 0;
  #active = 0;
  #lost = 0;
  #neverServed = 0;
  #lastFailure: string | undefined;

  constructor(order: ClientsOrder, stop: AbortSignal) {
    this.#order = order;
    this.#stop = stop;
  }

  get figures(): ClientFigures {
    return {
      sessionsServed: this.#sessionsServed,
      operations: this.#operations,
      failures: this.#failures,
      active: this.#active,
      lastFailure: this.#lastFailure,
    };
  }

  get result(): ClientsResult {
    return { ...this.figures, lost: this.#lost, neverServed: this.#neverServed, uploads: this.uploads };
  }

  async run(): Promise<void> {
    const { first, count, seconds, patience } = this.#order;
    const end = Date.now() + seconds * 1000;
    const users = Array.from({ length: count }, (_, i) => first + i);
    await Promise.all(users.map((user) => this.#live(user, end, end + patience * 1000)));
  }

  /** Starts new sessions until `end`; a failed session is retried until `lastChance`. */
  async #live(user: number, end: number, lastChance: number): Promise<void> {
    const client = new FtpClient(user, this.#order.ports, {
      operation: () => this.#operations++,
      uploaded: (upload) => this.uploads.push(upload),
    });
    let served = 0;
    let hasFailed = false;
    while (!this.#stop.aborted && Date.now() < (hasFailed ? lastChance : end)) {
      hasFailed = !(await this.#session(client));
      if (hasFailed) await pause(randomInt(SHORTEST_RETRY_MS, LONGEST_RETRY_MS), this.#stop);
      else served++;
    }
    if (hasFailed) this.#lost++;
    if (served === 0) this.#neverServed++;
  }

  async #session(client: FtpClient): Promise<boolean> {
    this.#active++;
    try {
      await client.session(this.#stop);
      this.#sessionsServed++;
      return true;
    } catch (error) {
      this.#failures++;
      this.#lastFailure = (error as Error).message;
      return false;
    } finally {
      this.#active--;
    }
  }
}

runWorker<ClientsOrder, ClientFigures, ClientsResult>(async (order, report, stop) => {
  const crowd = new Crowd(order, stop);
  const timer = setInterval(() => report(crowd.figures), REPORT_MS);
  try {
    await crowd.run();
  } finally {
    clearInterval(timer);
  }
  return crowd.result;
});

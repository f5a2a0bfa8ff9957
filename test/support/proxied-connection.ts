import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The settings and byte counts of a proxy, shared by all its connections. Each chunk is sent by the settings of its
 * time.
 */
export interface ProxyState {
  delay: number;
  /** What a client sends is lost if it contains this. */
  lossy: string | undefined;
  /** How many pieces were lost for that. */
  lost: number;
  bytesPerSecond: number;
  toTarget: number;
  toClient: number;
}

/** How many bytes may be buffered in one direction before the sender is paused. */
const MOST_WAITING = 1024 * 1024;

/** One client and its connection to the target, if it has one. */
export class ProxiedConnection {
  /** Fulfilled when both sides are gone. */
  readonly closed: Promise<void>;
  readonly #client: Socket;
  readonly #target: Socket | undefined;
  readonly #state: ProxyState;
  readonly #over = new AbortController();
  #isDead: boolean;

  constructor(client: Socket, target: Socket | undefined, state: ProxyState) {
    this.#client = client;
    this.#target = target;
    this.#state = state;
    this.#isDead = target === undefined;
    // Every delayed chunk listens to the signal, so that there may be any number of listeners.
    setMaxListeners(0, this.#over.signal);
    this.closed = this.#watchAll(target ? [client, target] : [client]);
    if (target) {
      this.#carry(client, target, (count) => (state.toTarget += count));
      this.#carry(target, client, (count) => (state.toClient += count));
    } else {
      client.resume();
    }
  }

  /** Sends RST to both sides. */
  reset(): void {
    this.#over.abort();
    resetOrClose(this.#client);
    if (this.#target) resetOrClose(this.#target);
  }

  /** Sends FIN to the client; the direction from the client to the target stays open. */
  endClientSide(): void {
    this.#client.end();
  }

  /** From now on nothing is forwarded, not even the end of a stream: both sides stay open until `reset`. */
  swallow(): void {
    this.#isDead = true;
    this.#over.abort();
    this.#client.resume();
    this.#target?.resume();
  }

  async #watchAll(sockets: readonly Socket[]): Promise<void> {
    await Promise.all(sockets.map((socket) => this.#watch(socket)));
    this.#over.abort();
  }

  #watch(socket: Socket): Promise<void> {
    socket.setNoDelay(true);
    return new Promise((resolve) => {
      socket.on('close', () => resolve());
      // An error of one socket is passed on as a reset of the other one, unless the connection is black-holed.
      socket.on('error', () => this.#isDead || this.reset());
    });
  }

  #carry(from: Socket, to: Socket, count: (bytes: number) => void): void {
    let last: Promise<void> = Promise.resolve();
    let waiting = 0;
    const inTurn = (deliver: () => Promise<void> | void): void => {
      const late = this.#state.delay > 0 ? this.#pause(this.#state.delay) : undefined;
      const before = last;
      last = (async () => {
        await before;
        await late;
        if (!this.#isDead) await deliver();
      })();
    };
    from.on('data', (data) => {
      if (this.#isDead || (from === this.#client && this.#isLost(data))) return;
      waiting += data.length;
      if (waiting > MOST_WAITING) from.pause();
      inTurn(async () => {
        await this.#deliver(data, to, count);
        waiting -= data.length;
        if (waiting <= MOST_WAITING) from.resume();
      });
    });
    from.on('end', () => inTurn(() => void to.end()));
  }

  #isLost(data: Buffer): boolean {
    const { lossy } = this.#state;
    if (lossy === undefined || !data.includes(lossy)) return false;
    this.#state.lost++;
    return true;
  }

  async #deliver(data: Buffer, to: Socket, count: (bytes: number) => void): Promise<void> {
    for (let at = 0; at < data.length && !this.#isDead && to.writable;) {
      const { bytesPerSecond } = this.#state;
      // 20 chunks a second; single bytes below 20 bytes a second.
      const size = Math.min(data.length - at, Math.max(1, Math.floor(bytesPerSecond / 20)));
      if (bytesPerSecond !== Infinity) await this.#pause((size / bytesPerSecond) * 1000);
      if (this.#isDead || !to.writable) return;
      const piece = data.subarray(at, at + size);
      await new Promise<void>((resolve) => to.write(piece, () => resolve()));
      count(size);
      at += size;
    }
  }

  /** Resolves early if the connection ends. */
  #pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#over.signal }).catch(() => {});
  }
}

/**
 * Sends RST, unless the socket is already being shut down (FIN): resetting it then fails with EINVAL, and Node takes
 * the socket for closed without closing its handle. A process that exits with such a handle loops for ever at full CPU
 * load.
 */
function resetOrClose(socket: Socket): void {
  const isShuttingDown = socket.writableEnded && !socket.writableFinished;
  if (isShuttingDown) socket.destroy();
  else socket.resetAndDestroy();
}

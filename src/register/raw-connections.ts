import type { PermitAccount, PermitHolder } from '../pool/index.js';
import { processLimit } from './process-limit.js';

/** A permit for one connection, or a pending request for one. */
export interface Ticket {
  /** Returns the permit, or withdraws the request. */
  end(): void;
}

interface Waiting {
  granted(): void;
}

/**
 * Represents all connections that are not opened by our pools to the process limit, as one permit holder with one
 * queue.
 */
class RawConnections implements PermitHolder {
  readonly name = 'createConnection';
  readonly floor = 0;
  closing = 0;
  #open = 0;
  readonly #line = new Set<Waiting>();
  /**
   * For each connection a function that closes it if it is idle in one of mysql2's own pools, and returns whether it
   * did.
   */
  readonly #spares = new Set<() => boolean>();
  #joined: PermitAccount | undefined;

  get #account(): PermitAccount {
    return (this.#joined ??= processLimit.join(this));
  }

  get size(): number {
    return this.#open;
  }

  get idle(): number {
    return this.#spares.size;
  }

  get waiters(): number {
    return this.#line.size;
  }

  get demand(): number {
    return this.#open - this.closing - this.#spares.size + this.#line.size;
  }

  /** Takes a permit at once, if one is available and nobody is queued. */
  tryTake(): Ticket | undefined {
    if (this.#line.size > 0 || !this.#take()) return undefined;
    return this.#held();
  }

  /** Queues for a permit, and calls `granted` once there is one. */
  take(granted: () => void): Ticket {
    let held: Ticket | undefined;
    const waiting: Waiting = {
      granted: () => {
        this.#line.delete(waiting);
        held = this.#held();
        granted();
      },
    };
    this.#line.add(waiting);
    this.retry();
    return {
      end: () => {
        if (this.#line.delete(waiting)) {
          if (this.#line.size === 0) this.#account.withdraw();
        } else held?.end();
      },
    };
  }

  retry(): void {
    for (const waiting of this.#line) {
      if (!this.#take()) return;
      waiting.granted();
    }
    this.#account.withdraw();
  }

  /**
   * Withdraws a denied request if nobody is queued: otherwise the limit would treat it as a standing request for a
   * spare connection.
   */
  #take(): boolean {
    if (this.#account.take() === true) return true;
    if (this.#line.size === 0) this.#account.withdraw();
    return false;
  }

  shed(count: number): number {
    let shed = 0;
    for (const spare of this.#spares) {
      if (shed === count) break;
      if (!spare()) continue;
      this.closing++;
      this.#spares.delete(spare);
      shed++;
    }
    return shed;
  }

  /**
   * Registers a connection that may be closed when others wait and it is idle. Returns a function that withdraws the
   * offer.
   */
  offer(spare: () => boolean): () => void {
    this.#spares.add(spare);
    return () => {
      if (!this.#spares.delete(spare)) this.closing--;
    };
  }

  #held(): Ticket {
    let isHeld = true;
    this.#open++;
    return {
      end: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#open--;
        this.#account.giveBack('closed');
      },
    };
  }
}

export const rawConnections: RawConnections = new RawConnections();

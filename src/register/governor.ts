import type { PermitAccount, PermitHolder } from '../pool/index.js';
import { processLimit } from './process-limit.js';

/** A permit for one connection, or the wish for one. */
export interface Ticket {
  /** Gives the permit back, or takes the wish back. */
  end(): void;
}

interface Waiting {
  granted(): void;
}

/** Connections that no pool of ours has opened, as the limit sees them: one holder with one line. */
class Governor implements PermitHolder {
  readonly name = 'createConnection';
  readonly floor = 0;
  closing = 0;
  #open = 0;
  readonly #line = new Set<Waiting>();
  /** Closes an idle connection of a pool of mysql2's own, if there is one. */
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

  /** A permit at once, if there is one and nobody waits. */
  tryTake(): Ticket | undefined {
    if (this.#line.size > 0 || !this.#take()) return undefined;
    return this.#held();
  }

  /** Calls `granted` when there is a permit. */
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

  /** Without a caller the limit would take it for the wish for a reserve. */
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

  /** Offers a connection to be closed when others wait and it is idle. */
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

export const governor: Governor = new Governor();

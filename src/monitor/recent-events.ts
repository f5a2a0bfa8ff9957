import type { RecentEvent } from './report.js';

/** How many events are kept. */
export const MOST_EVENTS = 100;

// How many events of one kind are kept per second: otherwise thousands of failed acquires would push out all others.
const MOST_OF_A_KIND = 5;

/** The last events of a pool as lines. */
export class RecentEvents {
  #events: RecentEvent[] = [];
  #lastId = 0;
  readonly #ofKind = new Map<RecentEvent['event'], number>();

  /** @param text called only if the event is kept */
  add(at: number, event: RecentEvent['event'], text: () => string): void {
    const known = this.#ofKind.get(event) ?? 0;
    this.#ofKind.set(event, known + 1);
    if (known < MOST_OF_A_KIND) this.#push(at, event, text());
  }

  /** Called once a second: sums up the events that were left out. */
  endSecond(at: number): void {
    for (const [event, count] of this.#ofKind) {
      const more = count - MOST_OF_A_KIND;
      if (more > 0) this.#push(at, 'more', `and ${more} more of this kind within the second: ${event}`);
    }
    this.#ofKind.clear();
  }

  report(): readonly RecentEvent[] {
    return [...this.#events];
  }

  #push(at: number, event: RecentEvent['event'], text: string): void {
    this.#events.push({ id: ++this.#lastId, at, event, text });
    if (this.#events.length > MOST_EVENTS) this.#events.shift();
  }
}

import type { RecentEvent } from './report.js';

/** So many events are kept. */
export const MOST_EVENTS = 100;

// Of one kind in one second: when callers are turned away by the thousand, the rest must not be pushed out.
const MOST_OF_A_KIND = 5;

/** The last events of a pool as lines. */
export class RecentEvents {
  #events: RecentEvent[] = [];
  #lastId = 0;
  readonly #ofKind = new Map<RecentEvent['event'], number>();

  /** @param text asked for only when there is room */
  add(at: number, event: RecentEvent['event'], text: () => string): void {
    const known = this.#ofKind.get(event) ?? 0;
    this.#ofKind.set(event, known + 1);
    if (known < MOST_OF_A_KIND) this.#push(at, event, text());
  }

  /** A second has passed: sums up what was left out. */
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

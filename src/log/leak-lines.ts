import type { PoolEvents } from '../pool/index.js';

type Leak = PoolEvents['leakSuspected'];

/** Leaks that are told together, since one line of the program has made them; the oldest stands for all. */
export interface LeakLine {
  readonly oldest: Leak;
  readonly count: number;
}

/**
 * Puts together the leaks that are suspected in one go, as the pool looks for them now and then, by the lines that have
 * taken them: one line of the log for each line of the program.
 */
export class LeakLines {
  readonly #write: (line: LeakLine) => void;
  readonly #lines = new Map<string, LeakLine>();

  constructor(write: (line: LeakLine) => void) {
    this.#write = write;
  }

  add(leak: Leak): void {
    if (this.#lines.size === 0) queueMicrotask(() => this.#writeAll());
    const key = leak.callSite ?? `by ${leak.label ?? `loan ${leak.loan}`}`;
    const { oldest = leak, count = 0 } = this.#lines.get(key) ?? {};
    this.#lines.set(key, { oldest: leak.held > oldest.held ? leak : oldest, count: count + 1 });
  }

  #writeAll(): void {
    const lines = [...this.#lines.values()];
    this.#lines.clear();
    for (const line of lines) this.#write(line);
  }
}

import type { Clock } from './clock.js';
import { CLOSE_CHECKS, faultOf, type CloseOptions } from './options.js';

const CLOSE_TIMEOUT = 10_000;

/** What an ending asks of its pool, and does to it. */
interface EndingActs {
  /** A drain has begun. */
  beginDraining(): void;
  isQuiet(): boolean;
  /** Rejects waiting callers, and closes the connections that are not on loan. */
  shut(): void;
  isEmpty(): boolean;
  destroyLoans(): void;
  closed(): void;
}

/** How a pool ends: closed at once, or drained first. Loans that are still out when the time is up are destroyed. */
export class Ending {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #acts: EndingActs;
  /** The checks of those who wait for the pool to be quiet or empty. */
  readonly #looks = new Set<() => void>();
  /** When the loans that are still out are destroyed: set by a drain, and again by a close that is to be over earlier. */
  #cutOffAt: number | undefined;
  #closed: Promise<void> | undefined;
  #drained: Promise<void> | undefined;

  constructor(name: string, clock: Clock, acts: EndingActs) {
    this.#name = name;
    this.#clock = clock;
    this.#acts = acts;
  }

  get isDraining(): boolean {
    return this.#cutOffAt !== undefined && this.#closed === undefined;
  }

  close(options: CloseOptions): Promise<void> {
    if (this.#closed !== undefined) return this.#closed;
    const fault = faultOf(this.#name, options, CLOSE_CHECKS, 'close');
    return fault === undefined ? this.#close(this.#endOf(options)) : Promise.reject(fault);
  }

  drain(options: CloseOptions): Promise<void> {
    const ending = this.#closed ?? this.#drained;
    if (ending !== undefined) return ending;
    const fault = faultOf(this.#name, options, CLOSE_CHECKS, 'drain');
    if (fault !== undefined) return Promise.reject(fault);
    const end = (this.#cutOffAt = this.#endOf(options));
    // Set first, since a listener of `poolDraining` may call `drain` as well.
    this.#drained = Promise.resolve().then(() => this.#drain(end));
    this.#acts.beginDraining();
    return this.#drained;
  }

  /** Called when a loan or a connection has ended: runs the checks of those who wait for that. */
  look(): void {
    if (this.#cutOffAt !== undefined) this.#lookAll();
  }

  // A function of its own, so that `look`, which every return calls, is small enough to be inlined.
  #lookAll(): void {
    for (const look of this.#looks) look();
  }

  #endOf(options: CloseOptions): number {
    return this.#clock.now() + (options.timeout ?? CLOSE_TIMEOUT);
  }

  async #drain(end: number): Promise<void> {
    const isOver = (): boolean => this.#closed !== undefined || this.#acts.isQuiet();
    // A new caller may have come between the moment of quiet and this one.
    while (!isOver() && this.#clock.now() < end) await this.#until(isOver, end - this.#clock.now());
    await (this.#closed ?? this.#close(end));
  }

  #close(end: number): Promise<void> {
    const cutOffAt = (this.#cutOffAt = Math.min(this.#cutOffAt ?? Infinity, end));
    // Set first, since a listener of `poolClosing` may call `close` as well.
    this.#closed = Promise.resolve().then(() => this.#empty(cutOffAt));
    this.#acts.shut();
    this.look();
    return this.#closed;
  }

  async #empty(cutOffAt: number): Promise<void> {
    const isEmpty = (): boolean => this.#acts.isEmpty();
    if (!(await this.#until(isEmpty, Math.max(0, cutOffAt - this.#clock.now())))) this.#acts.destroyLoans();
    await this.#until(isEmpty, Infinity);
    this.#acts.closed();
  }

  /** Resolves with true once the condition holds, or with false if it does not within `timeout` ms. */
  async #until(isSo: () => boolean, timeout: number): Promise<boolean> {
    if (isSo()) return true;
    return new Promise((resolve) => {
      const end = (so: boolean): void => {
        this.#looks.delete(look);
        if (timer !== undefined) this.#clock.clearTimeout(timer);
        resolve(so);
      };
      const look = (): void => {
        if (isSo()) end(true);
      };
      const timer = timeout === Infinity ? undefined : this.#clock.setTimeout(() => end(false), timeout);
      this.#looks.add(look);
    });
  }
}

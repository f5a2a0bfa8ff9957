import type { Clock } from './clock.js';
import { CLOSE_CHECKS, faultOf, type CloseOptions } from './options.js';

const CLOSE_TIMEOUT = 10_000;

/** What an ending does to its pool. */
interface EndingActs {
  /** It is to be closed once nobody has a connection, and nobody waits. */
  beginDraining(): void;
  isQuiet(): boolean;
  /** Turns callers away, and closes what nobody has. */
  shut(): void;
  isEmpty(): boolean;
  destroyLoans(): void;
  closed(): void;
}

/** How a pool ends: closed at once, or drained first. What is out when the time is up is destroyed. */
export class Ending {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #acts: EndingActs;
  /** Those who wait for the pool to come to rest. */
  readonly #looks = new Set<() => void>();
  #isDraining = false;
  #closed: Promise<void> | undefined;
  #drained: Promise<void> | undefined;

  constructor(name: string, clock: Clock, acts: EndingActs) {
    this.#name = name;
    this.#clock = clock;
    this.#acts = acts;
  }

  get isDraining(): boolean {
    return this.#isDraining && this.#closed === undefined;
  }

  close(options: CloseOptions): Promise<void> {
    if (this.#closed !== undefined) return this.#closed;
    const fault = faultOf(this.#name, options, CLOSE_CHECKS, 'close');
    return fault === undefined ? this.#close(options.timeout ?? CLOSE_TIMEOUT) : Promise.reject(fault);
  }

  drain(options: CloseOptions): Promise<void> {
    const ending = this.#closed ?? this.#drained;
    if (ending !== undefined) return ending;
    const fault = faultOf(this.#name, options, CLOSE_CHECKS, 'drain');
    if (fault !== undefined) return Promise.reject(fault);
    return (this.#drained = this.#drain(options.timeout ?? CLOSE_TIMEOUT));
  }

  /** Something has come to rest: those who wait for that look again. */
  look(): void {
    if (this.#looks.size > 0) for (const look of this.#looks) look();
  }

  async #drain(timeout: number): Promise<void> {
    const end = this.#clock.now() + timeout;
    this.#isDraining = true;
    this.#acts.beginDraining();
    const isOver = (): boolean => this.#closed !== undefined || this.#acts.isQuiet();
    // Somebody may come in the very moment in which it is quiet.
    while (!isOver() && this.#clock.now() < end) await this.#until(isOver, end - this.#clock.now());
    await (this.#closed ?? this.#close(Math.max(0, end - this.#clock.now())));
  }

  #close(timeout: number): Promise<void> {
    const isEmpty = (): boolean => this.#acts.isEmpty();
    let end!: () => void;
    // First, since listeners may close the pool once more.
    this.#closed = new Promise((resolve) => (end = resolve));
    this.#acts.shut();
    this.look();
    void this.#until(isEmpty, timeout)
      .then((isSo) => {
        if (!isSo) this.#acts.destroyLoans();
        return isSo || this.#until(isEmpty, Infinity);
      })
      .then(() => {
        this.#acts.closed();
        end();
      });
    return this.#closed;
  }

  /** Resolves with true when it is so, and with false when it is not so within `timeout` ms. */
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

/** How long (ms) no KILL is sent to a server after it has left one unanswered: it may be that connection alone. */
export const FIRST_REST = 1_000;
/** How long (ms) no KILL is sent after it has left unanswered two or more in a row. */
export const LONG_REST = 10_000;

/**
 * The servers that have left KILL unanswered, perhaps because something on the way swallows it. Each KILL takes a
 * connection from the callers for as long as its answer is awaited, so such a server is left alone for a while.
 */
export class SilentServers {
  readonly #after: (fn: () => void, ms: number) => void;
  readonly #restOver: () => void;
  /** How many KILLs in a row each server has left unanswered. */
  readonly #unanswered = new Map<string, number>();
  readonly #resting = new Set<string>();

  /**
   * @param after calls `fn` after `ms`
   * @param restOver called when a server may be asked again
   */
  constructor(after: (fn: () => void, ms: number) => void, restOver: () => void) {
    this.#after = after;
    this.#restOver = restOver;
  }

  leftUnanswered(server: string): void {
    const inARow = (this.#unanswered.get(server) ?? 0) + 1;
    this.#unanswered.set(server, inARow);
    this.#resting.add(server);
    const over = (): void => {
      this.#resting.delete(server);
      this.#restOver();
    };
    this.#after(over, inARow === 1 ? FIRST_REST : LONG_REST);
  }

  hasAnswered(server: string): void {
    this.#unanswered.delete(server);
  }

  /** Whether no KILL is to be sent to the server now. */
  isResting(server: string): boolean {
    return this.#resting.has(server);
  }

  /** Whether the server counts as one that cannot be asked: two connections in a row got no answer from it. */
  isSilent(server: string): boolean {
    return this.isResting(server) && this.#unanswered.get(server)! > 1;
  }
}

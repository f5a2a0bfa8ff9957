import type { Reading } from './reading.js';

/** What statements have left for the next one to ask for: warnings, an error, how many rows were found. */
export class Diagnostics {
  #areLeft = false;
  /** SQL_CALC_FOUND_ROWS was used, and FOUND_ROWS() not since: a client that uses the one is about to use the other. */
  #hasFoundRows = false;

  /** Whether the next statement may ask for any of these. */
  get areLeft(): boolean {
    return this.#areLeft || this.#hasFoundRows;
  }

  /**
   * Whether this statement asks for them, or leaves them for the next; undefined stands for a command without a text.
   */
  areLeftAfter(reading: Reading | undefined): boolean {
    if (reading === undefined || reading.asksDiagnostics === true) return true;
    return this.#hasFoundRows || (this.#areLeft && reading.keepsDiagnostics === true);
  }

  sent(reading: Reading): void {
    this.#areLeft &&= reading.keepsDiagnostics === true;
  }

  answered(reading: Reading, warnings: number): void {
    this.#areLeft ||= warnings > 0;
    if (reading.asksFoundRows === true) this.#hasFoundRows = false;
    this.#hasFoundRows ||= reading.keepsFoundRows === true;
  }

  failed(): void {
    this.#areLeft = true;
  }

  clear(): void {
    this.#areLeft = this.#hasFoundRows = false;
  }
}

import type { Reading } from './reading.js';

/** What statements have left for the next one to ask for: warnings, an error, how many rows were found. */
export class Diagnostics {
  #areLeft = false;
  /** SQL_CALC_FOUND_ROWS was said, and FOUND_ROWS() not asked since: whoever says the one is about to ask the other. */
  #hasFoundRows = false;

  /** Whether the next statement may ask for some. */
  get areLeft(): boolean {
    return this.#areLeft || this.#hasFoundRows;
  }

  /** Whether this one is about them, or leaves them for the next; undefined: a command without a text. */
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

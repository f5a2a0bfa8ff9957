import type { Reading } from './reading.js';

/** What statements have left for the next one to ask for: warnings, an error, how many rows were found. */
export class Diagnostics {
  #areLeft = false;
  /** SQL_CALC_FOUND_ROWS was said, and nothing since that counts rows anew. */
  #hasFoundRows = false;

  /** Whether the next statement may ask for some. */
  get areLeft(): boolean {
    return this.#areLeft || this.#hasFoundRows;
  }

  /** Whether this one is about them, or leaves them for the next; undefined: a command without a text. */
  areLeftAfter(reading: Reading | undefined): boolean {
    if (reading === undefined || reading.asksDiagnostics === true) return true;
    if (this.#hasFoundRows && !COUNTS_ROWS.has(reading.first)) return true;
    return this.#areLeft && reading.keepsDiagnostics === true;
  }

  sent(reading: Reading): void {
    this.#areLeft &&= reading.keepsDiagnostics === true;
  }

  answered(reading: Reading, warnings: number): void {
    this.#areLeft ||= warnings > 0;
    if (this.#hasFoundRows && COUNTS_ROWS.has(reading.first)) this.#hasFoundRows = false;
    this.#hasFoundRows ||= reading.keepsFoundRows === true;
  }

  failed(): void {
    this.#areLeft = true;
  }

  clear(): void {
    this.#areLeft = this.#hasFoundRows = false;
  }
}

/** What is found is counted anew by these on either server, if they succeed. */
const COUNTS_ROWS: ReadonlySet<string> = new Set(['select', 'with']);

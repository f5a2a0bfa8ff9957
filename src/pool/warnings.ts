import type { Backoff } from './backoff.js';
import { codeOf, messageOf, printable } from './shown.js';

// How long a pool tries to get its first connection before it says so.
const PATIENCE = 1_000;

/** What a pool tells whoever runs the program although nobody listens. */
export class Warnings {
  readonly #pool: string;
  #toldNotConnected = false;

  constructor(pool: string) {
    this.#pool = pool;
  }

  /** A pool that has never had a connection: once, when dials have failed for a second, the last one for `took` ms. */
  notConnected({ failures, since, error }: Backoff, took: number, now: number): void {
    const trying = Math.max(took, now - since);
    if (this.#toldNotConnected || trying < PATIENCE) return;
    this.#toldNotConnected = true;
    // What a statement of a hook was answered may quote values.
    const isOfStatement = typeof (error as { readonly sql?: unknown } | null | undefined)?.sql === 'string';
    const why = (isOfStatement ? codeOf(error) : undefined) ?? printable(messageOf(error));
    const times = failures === 1 ? 'an attempt has' : `${failures} attempts have`;
    process.emitWarning(
      `${this.#pool}: no connection yet: ${times} failed in ${(trying / 1000).toFixed(1)} s: ${why}`,
      {
        type: 'MysqlPoolWarning',
        code: 'POOL_NOT_CONNECTED',
      },
    );
  }
}

import { inHook } from '../mysql/hooks.js';

/**
 * Attributes errors and timeouts to hooks that an ORM calls before it has a connection, such as the function for its
 * credentials. ORMs call these hooks synchronously when they begin to connect, so they belong to the dial that has just
 * begun.
 */
export class DialHooks {
  #dial: AbortSignal | undefined;

  /** Runs `begin`, with which the ORM begins to connect. */
  during<T>(dial: AbortSignal, begin: () => T): T {
    this.#dial = dial;
    try {
      return begin();
    } finally {
      this.#dial = undefined;
    }
  }

  run<T>(hook: string, run: () => T | PromiseLike<T>): Promise<T> {
    return inHook(hook, this.#dial, run);
  }
}

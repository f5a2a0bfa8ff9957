import { inHook } from '../mysql/hooks.js';

/**
 * Hooks that an ORM calls before it has a connection, such as the function for its credentials: named when they fail or
 * never end. Each ORM calls them before anything else, so the dial that has just begun is the one that they run for.
 */
export class DialHooks {
  #dial: AbortSignal | undefined;

  /** Has the ORM begin to connect. */
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

import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until the condition holds and answers its value, asking every 10 ms. Rejects after `limit` milliseconds with the
 * last error of the condition, if it threw. The default is long enough for a busy machine, and shorter than the 30 or 60 s
 * that statements of tests sleep: that such a one ends by itself does not pass for its being stopped. For what no event
 * announces, such as what a server counts.
 */
export async function until<T>(condition: () => T | Promise<T>, limit = 25_000): Promise<T> {
  const deadline = performance.now() + limit;
  let cause: unknown;
  while (performance.now() < deadline) {
    try {
      const value = await condition();
      if (value) return value;
    } catch (error) {
      cause = error;
    }
    await sleep(10);
  }
  throw new Error(`not so within ${limit} ms: ${String(condition)}`, { cause });
}

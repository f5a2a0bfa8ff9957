import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Polls the condition every 10 ms until it is truthy, and resolves with its value. Rejects after `limit` ms; the cause
 * is the condition's last error. The default is long enough for a busy machine, and shorter than the 30 or 60 s for which
 * tests let statements sleep: a statement that ends by itself must not pass for one that was stopped. For states that no
 * event announces, such as the figures of a server.
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

/**
 * Calls back a caller from within a promise or an event of ours. What it throws is its own affair, and an uncaught
 * exception as it would be with mysql2.
 */
export function callOut<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): void {
  try {
    fn(...args);
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}

/**
 * Calls a callback of the application from within a promise or event handler of ours. If the callback throws, the error
 * becomes an uncaught exception, as it would with mysql2, and not a rejection of ours.
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

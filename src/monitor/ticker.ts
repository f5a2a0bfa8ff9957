import type { Clock, Timer } from '../pool/index.js';

/**
 * Calls `tick` again and again, `ms` after the previous call. Does not keep the process alive.
 * @returns a function that stops it
 */
export function every(clock: Clock, ms: number, tick: () => void): () => void {
  let timer: Timer | undefined;
  const arm = (): void => {
    timer = clock.setTimeout(() => {
      arm();
      tick();
    }, ms);
    timer.unref();
  };
  arm();
  return () => {
    if (timer !== undefined) clock.clearTimeout(timer);
  };
}

import { setTimeout as sleep } from 'node:timers/promises';

/** Waits, but no longer than until the signal is aborted; never rejects. */
export async function pause(ms: number, stop: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: stop }).catch(() => {});
}

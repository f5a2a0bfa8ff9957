import type { SessionLimit } from '../checks/session-limit.js';
import type { Random } from '../random.js';
import type { Site } from '../site.js';

/** What a fault can act on. */
export interface Ground {
  readonly site: Site;
  readonly random: Random;
  readonly sessionLimit: SessionLimit;
}

/** A temporary fault: everything is normal again when `run` settles. */
export interface Fault {
  readonly name: string;
  run(ground: Ground): Promise<void>;
}

/** Retries for 15 s, since another fault may have stopped the server. */
export async function insist<T>(work: () => Promise<T>): Promise<T> {
  const until = performance.now() + 15_000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

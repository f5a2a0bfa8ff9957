import type { SessionLimit } from '../checks/session-limit.js';
import type { Random } from '../random.js';
import type { Site } from '../site.js';

/** What a fault may touch. */
export interface Ground {
  readonly site: Site;
  readonly random: Random;
  readonly sessionLimit: SessionLimit;
}

/** Something that goes wrong for a while, and is right again when `run` settles. */
export interface Fault {
  readonly name: string;
  run(ground: Ground): Promise<void>;
}

/** Tries again for a while: another fault may just have the server down. */
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

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const MOST_ROUNDS = 10;

/** Collects garbage until `done` returns true, at most 10 times. Returns the last result of `done`. */
export async function collectUntil(done: () => boolean): Promise<boolean> {
  for (let round = 0; round < MOST_ROUNDS && !done(); round++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return done();
}

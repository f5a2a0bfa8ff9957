// A connection is begun within one call, so this needs no async context. The first one that a process enters would cost
// every promise of it a little, for good.
let isBeginning = false;

/** Whether a connection that is begun right now is one that a pool of ours opens, and has counted. */
export const isDialling = (): boolean => isBeginning;

/** Runs what begins to open a connection for a pool. */
export function dial<T>(begin: () => T): T {
  const before = isBeginning;
  isBeginning = true;
  try {
    return begin();
  } finally {
    isBeginning = before;
  }
}

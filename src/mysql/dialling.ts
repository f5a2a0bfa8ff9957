// A connection is begun synchronously, so a flag suffices and no AsyncLocalStorage is needed: once a process has used
// one, every promise in it costs a little more.
let isBeginning = false;

/**
 * Whether the connection that is being created at this moment is opened by one of our pools, which has counted it
 * already.
 */
export const isDialling = (): boolean => isBeginning;

/** Runs `begin`, which starts to open a connection for a pool. */
export function dial<T>(begin: () => T): T {
  const before = isBeginning;
  isBeginning = true;
  try {
    return begin();
  } finally {
    isBeginning = before;
  }
}

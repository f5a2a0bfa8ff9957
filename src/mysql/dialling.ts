import { AsyncLocalStorage } from 'node:async_hooks';

// What is begun in the course of a dial keeps its context, and runs on in it when the dial is over.
const dials = new AsyncLocalStorage<{ isOver: boolean }>();

// One that is begun and over within one call needs no context: the first one that is entered would cost every promise of
// the process a little, for good.
let isBeginning = false;

/** Whether a connection that is begun right now is one that a pool of ours opens, and has counted. */
export const isDialling = (): boolean => isBeginning || dials.getStore()?.isOver === false;

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

/** Runs what opens a connection for a pool, from beginning to end. */
export async function dialWhole<T>(open: () => Promise<T>): Promise<T> {
  const state = { isOver: false };
  try {
    return await dials.run(state, open);
  } finally {
    state.isOver = true;
  }
}

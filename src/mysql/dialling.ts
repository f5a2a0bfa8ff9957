import { AsyncLocalStorage } from 'node:async_hooks';

// What is begun in the course of a dial keeps its context, and runs on in it when the dial is over.
const dials = new AsyncLocalStorage<{ isOver: boolean }>();

/** Whether a connection that is begun right now is one that a pool of ours opens, and has counted. */
export const isDialling = (): boolean => dials.getStore()?.isOver === false;

/** Runs what begins to open a connection for a pool. */
export function dial<T>(begin: () => T): T {
  const state = { isOver: false };
  try {
    return dials.run(state, begin);
  } finally {
    state.isOver = true;
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

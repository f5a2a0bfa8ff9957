import type { Resource } from './resource.js';

/** The options with which a benchmark makes the pool that it measures. */
export interface SubjectOptions {
  /** The maximum size of the pool. */
  readonly max: number;
  /** How many resources to keep open, if the pool has such a minimum. */
  readonly min: number;
  /** How long opening a resource takes, in ms. 0 opens it in the same turn of the event loop. */
  readonly dialMs: number;
  /** The acquire time-out, in ms. @default 30 000 */
  readonly acquireTimeout?: number;
  /** To be called when the pool begins to open a resource. */
  readonly onOpen: () => void;
}

// The acquire time-out of all pools that support one, so that all do the same work.
const ACQUIRE_TIMEOUT = 30_000;

export const acquireTimeoutOf = (options: SubjectOptions): number => options.acquireTimeout ?? ACQUIRE_TIMEOUT;

/**
 * A pool as the benchmarks use it. The methods only forward calls, so that the cost of the pool's own API (promises,
 * wrappers, timers) is measured. `Handle` is the object that the pool lends.
 */
export interface Subject<Handle = unknown> {
  acquire(): Promise<Handle>;
  release(handle: Handle): void;
  /** The resource of a handle, obtained in the way a borrower would. */
  resourceOf(handle: Handle): Resource;
  /** The pool's callback API; if present, it is measured instead of the promise API. */
  acquireBy?(taken: (handle: Handle) => void): void;
}

export type SubjectFactory = (options: SubjectOptions) => Subject;

/** Opens a resource, for pools whose factory returns a promise. */
export async function openResource(create: () => Resource, options: SubjectOptions): Promise<Resource> {
  options.onOpen();
  if (options.dialMs > 0) await new Promise((resolve) => setTimeout(resolve, options.dialMs));
  return create();
}

import type { Resource } from './resource.js';

/** What a benchmark asks of the pool it measures. */
export interface SubjectOptions {
  /** The limit of the pool. */
  readonly max: number;
  /** How many it should keep open, where the pool has such a minimum. */
  readonly min: number;
  /** How long opening a resource takes, in ms; 0 opens within the same turn of the event loop. */
  readonly dialMs: number;
  /** How long a caller waits at most, in ms. @default 30 000 */
  readonly acquireTimeout?: number;
  /** To be called for each resource that begins to be opened. */
  readonly onOpen: () => void;
}

// What all pools are given that can bound the wait for a connection: the same work, the same promise kept.
const ACQUIRE_TIMEOUT = 30_000;

export const acquireTimeoutOf = (options: SubjectOptions): number => options.acquireTimeout ?? ACQUIRE_TIMEOUT;

/**
 * A pool as the benchmarks see it. The methods only pass the call on: whatever a pool's own API costs (promises,
 * wrappers, timers) is what is measured. `Handle` is what the pool hands out.
 */
export interface Subject<Handle = unknown> {
  acquire(): Promise<Handle>;
  release(handle: Handle): void;
  /** The resource behind a handle, reached as a borrower reaches it. */
  resourceOf(handle: Handle): Resource;
  /** A callback API; a pool that has it is measured through it. */
  acquireBy?(taken: (handle: Handle) => void): void;
}

export type SubjectFactory = (options: SubjectOptions) => Subject;

/** Opens a resource for the pools whose factory answers a promise. */
export async function openResource(create: () => Resource, options: SubjectOptions): Promise<Resource> {
  options.onOpen();
  if (options.dialMs > 0) await new Promise((resolve) => setTimeout(resolve, options.dialMs));
  return create();
}

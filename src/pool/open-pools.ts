/**
 * The pools of this process that have not been closed, so that whoever looks into the process finds those that were
 * there before. Held weakly: a pool that nobody uses any more may go.
 */
export class OpenPools<P extends object> {
  readonly #known = new Set<WeakRef<P>>();
  readonly #gone = new FinalizationRegistry<WeakRef<P>>((ref) => this.#known.delete(ref));

  add(pool: P): void {
    const ref = new WeakRef(pool);
    this.#known.add(ref);
    this.#gone.register(pool, ref, pool);
  }

  delete(pool: P): void {
    for (const ref of this.#known) if (ref.deref() === pool) this.#known.delete(ref);
    this.#gone.unregister(pool);
  }

  /** In the order in which they were made. */
  list(): P[] {
    return [...this.#known].map((ref) => ref.deref()).filter((pool) => pool !== undefined);
  }
}

// One list per process and thread, also when a hot reload or a second copy of the package loads this file again.
const key = Symbol.for('node-mysqlpool.open-pools');
const holder = globalThis as { [key]?: OpenPools<object> };

/** Every pool of the process that has not been closed. */
export const allOpenPools: OpenPools<object> = (holder[key] ??= new OpenPools<object>());

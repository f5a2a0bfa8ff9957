/**
 * The open pools of this process, so that a monitor also finds those that were created before it. They are held weakly:
 * a pool that nothing else refers to may be garbage collected.
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

  /** In the order of their creation. */
  list(): P[] {
    return [...this.#known].map((ref) => ref.deref()).filter((pool) => pool !== undefined);
  }
}

// One list per process and thread, shared by all copies of this file (from a hot reload or a second copy of the
// package).
const key = Symbol.for('node-mysqlpool.open-pools');
const holder = globalThis as { [key]?: OpenPools<object> };

/** Every pool of the process that has not been closed. */
export const allOpenPools: OpenPools<object> = (holder[key] ??= new OpenPools<object>());

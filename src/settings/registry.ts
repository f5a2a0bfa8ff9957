import { processLimit, setProcessFleet, setProcessLimit, type MaxTotal } from '../budget/index.js';
import type { MysqlPool } from '../api/index.js';
import { Canonical } from './canonical.js';
import type { DatabasePlan, Plan } from './plan.js';
import type * as Reading from './wanted-plan.js';

/**
 * The pools of this process by their connection parameters. The fields are private so that their contents are never
 * printed.
 */
export class Registry {
  readonly canonical: Canonical = new Canonical();
  /** Shared by all pools, so that the limit can be changed while they run. */
  readonly limit: MaxTotal = processLimit();
  readonly #pools = new Map<string, MysqlPool>();
  #plans: ReadonlyMap<string, DatabasePlan> | undefined;

  /** Undefined before the first `configure`. */
  get aliases(): readonly string[] | undefined {
    return this.#plans === undefined ? undefined : [...this.#plans.keys()];
  }

  /** Applies a plan: pools that are still part of it stay open, all others close in the background. */
  configure({ databases, maxTotal, fleet }: Plan): void {
    this.#plans = databases;
    setProcessLimit(maxTotal);
    setProcessFleet(fleet);
    const keys = new Set([...databases.values()].map(({ key }) => key));
    for (const [key, pool] of this.#pools) {
      if (keys.has(key)) continue;
      this.#pools.delete(key);
      void pool.close();
    }
  }

  /** The pool of a database; a new pool if the previous one was closed. @throws SettingsError */
  pool(alias: string): MysqlPool {
    const plan = this.#plans?.get(alias) ?? unknown(alias, this.#plans ?? new Map());
    const known = this.#pools.get(plan.key);
    if (known !== undefined && known.state !== 'closing' && known.state !== 'closed') return known;
    const pool = plan.open(this.limit);
    this.#pools.set(plan.key, pool);
    return pool;
  }

  async closeAll(timeout?: number): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.close(timeout === undefined ? {} : { timeout })));
  }
}

function unknown(alias: string, known: ReadonlyMap<string, DatabasePlan>): never {
  const { unknownAlias } = require('./wanted-plan.js') as typeof Reading;
  return unknownAlias(alias, known);
}

// One registry per thread, even if a hot reload or a second copy of the package loads this file again.
const key = Symbol.for('node-mysqlpool.registry');
const holder = globalThis as { [key]?: Registry };

export function registry(): Registry {
  return (holder[key] ??= new Registry());
}

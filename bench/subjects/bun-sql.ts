import { Absent } from '../bench.js';
import type { Answer, Driver, DriverOptions } from './driver.js';

interface BunSql {
  unsafe(text: string): Promise<Answer>;
}
type BunSqlClass = new (options: { readonly url: string; readonly adapter: 'mysql'; readonly max: number }) => BunSql;

/** Bun's built-in client with a pool, which exists in Bun only. */
export function bunSql({ url, size }: DriverOptions): Driver {
  const { SQL } = ((globalThis as { Bun?: { readonly SQL?: BunSqlClass } }).Bun ?? {}) as {
    readonly SQL?: BunSqlClass;
  };
  if (SQL === undefined) throw new Absent('in Bun only');
  const sql = new SQL({ url, adapter: 'mysql', max: size });
  return {
    query: (text) => sql.unsafe(text),
    acquire: () => Promise.reject(new Error('it is measured by its queries alone')),
  };
}

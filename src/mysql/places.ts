import type { MysqlConnection } from './driver.js';

/** Where a connection has its `Session`. */
export const SESSION: unique symbol = Symbol('node-mysqlpool.session');

/** What the session that watches a connection puts its own in the place of, and what a hook does. */
const WATCHED = ['addCommand', '_addCommandClosedState', 'removeAllListeners', 'reset', 'changeUser'] as const;
const AWAITED = ['query', 'execute'] as const;

/**
 * Gives a connection that has just been begun a place for every property that it will get from us. V8 compiles what
 * mysql2 does with each packet for the few sets of properties that connections had until then: one that gets them one
 * after the other, while its server already answers, would make the reading of rows a fifth slower, for the whole process.
 */
export function makePlaces(connection: MysqlConnection, hasHook: boolean): void {
  const place = (name: string | symbol): void => {
    const value: unknown = Reflect.get(connection, name);
    Object.defineProperty(connection, name, { value, configurable: true, writable: true });
  };
  for (const name of hasHook ? [...WATCHED, ...AWAITED] : WATCHED) place(name);
  place(SESSION);
}

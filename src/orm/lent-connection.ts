import type { MysqlConnection } from '../mysql/driver.js';
import type { ScopedLease } from '../scope/index.js';

/** What sends something to the server: not to be called when the loan is over, for it would reach the next borrower. */
const COMMANDS: ReadonlySet<string | symbol> = new Set([
  'addCommand', 'beginTransaction', 'changeUser', 'close', 'commit', 'end', 'execute', 'pause', 'ping', 'prepare',
  'promise', 'query', 'reset', 'resume', 'rollback', 'unprepare', 'write', 'writePacket',
]); // prettier-ignore

const lost = new WeakSet<MysqlConnection>();

/** A connection is gone while it is lent: what is still sent to it is told just that, since it can reach nobody any more. */
export const noteLoss = (connection: MysqlConnection): void => void lost.add(connection);

type Method = (this: unknown, ...args: unknown[]) => unknown;

/**
 * The connection as one borrower sees it, for one loan: mysql2's connection in all respects, but a fresh object each
 * time, so that whoever gives it back twice, or uses it afterwards, does nothing to the next borrower. What ORMs write
 * on it (`uuid`, `__knexTxId`) stays with the loan. Commands after the end of the loan throw `LeaseEndedError`.
 */
export function lentConnection(lease: ScopedLease<MysqlConnection>): MysqlConnection {
  const { connection } = lease;
  const own = new Map<string | symbol, unknown>();
  const methodOf = (method: Method, name: string | symbol): Method => {
    if (name === 'destroy') return () => lease.destroy();
    if (!COMMANDS.has(name)) return method.bind(connection);
    // What the promise API wraps must be the view; for the rest, the getter throws when the lease has ended.
    if (name === 'promise') return (...args) => method.apply(view, args);
    return (...args) => method.apply(lease.active || !lost.has(connection) ? lease.connection : connection, args);
  };
  const view: MysqlConnection = new Proxy(connection, {
    get(target, name) {
      if (own.has(name)) return own.get(name);
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function' || name === 'constructor') return value;
      const method = methodOf(value as Method, name);
      own.set(name, method);
      return method;
    },
    has: (target, name) => own.has(name) || Reflect.has(target, name),
    set(_target, name, value) {
      own.set(name, value);
      return true;
    },
    deleteProperty: (_target, name) => own.delete(name) || true,
  });
  return view;
}

import type { MysqlConnection } from '../mysql/driver.js';
import type { ScopedLease } from '../scope/index.js';

/** What sends something to the server: not to be called when the loan is over, for it would reach the next borrower. */
const COMMANDS: ReadonlySet<string | symbol> = new Set([
  'addCommand', 'beginTransaction', 'changeUser', 'close', 'commit', 'end', 'execute', 'pause', 'ping', 'prepare',
  'query', 'reset', 'resume', 'rollback', 'unprepare', 'write', 'writePacket',
]); // prettier-ignore

const lost = new WeakSet<MysqlConnection>();

/** A connection is gone while it is lent: what is still sent to it is told just that, since it can reach nobody any more. */
export const noteLoss = (connection: MysqlConnection): void => void lost.add(connection);

const LEASE = Symbol('node-mysqlpool.lease');
const CONNECTION = Symbol('node-mysqlpool.connection');

/** A connection for one loan. */
interface View {
  readonly [LEASE]: ScopedLease<MysqlConnection>;
  readonly [CONNECTION]: MysqlConnection;
}

type ViewClass = new (lease: ScopedLease<MysqlConnection>, connection: MysqlConnection) => View;

/** The loan that an object of `LentConnections` is for; undefined for any other. */
export const leaseOf = (view: unknown): ScopedLease<MysqlConnection> | undefined => (view as Partial<View>)[LEASE];

type Method = (this: unknown, ...args: unknown[]) => unknown;
type Key = string | symbol;

/** Methods that do something else for a loan than they do for a connection, by name. */
export type LoanMethods = Readonly<Record<string, Method>>;

const OF_EVERY_LOAN: LoanMethods = {
  destroy() {
    leaseOf(this)!.destroy();
  },
};

/**
 * Connections as borrowers see them, for one loan each: mysql2's connection in all respects, but a fresh object each
 * time, so that whoever gives it back twice, or uses it afterwards, does nothing to the next borrower. What ORMs write
 * on it (`uuid`, `__knexTxId`) stays with the loan. Commands after the end of the loan throw `LeaseEndedError`.
 *
 * They are of a class that is made once for each class of connections: to make a Proxy for each loan costs more than the
 * loan. Nor do they inherit from the connection, which would make mysql2's own access to it slow.
 */
export class LentConnections {
  readonly #methods: LoanMethods;
  readonly #classes = new WeakMap<object, ViewClass>();

  constructor(methods: LoanMethods = {}) {
    this.#methods = { ...OF_EVERY_LOAN, ...methods };
  }

  lend(lease: ScopedLease<MysqlConnection>, connection: MysqlConnection = lease.connection): MysqlConnection {
    const prototype = Reflect.getPrototypeOf(connection)!;
    let Class = this.#classes.get(prototype);
    if (Class === undefined) this.#classes.set(prototype, (Class = viewClass(connection, this.#methods)));
    return new Class(lease, connection) as View & MysqlConnection;
  }
}

function viewClass(example: MysqlConnection, methods: LoanMethods): ViewClass {
  class LentConnection {
    readonly [LEASE]: ScopedLease<MysqlConnection>;
    readonly [CONNECTION]: MysqlConnection;

    constructor(lease: ScopedLease<MysqlConnection>, connection: MysqlConnection) {
      this[LEASE] = lease;
      this[CONNECTION] = connection;
    }
  }
  const { prototype } = LentConnection;
  for (const [name, value] of membersOf(example)) {
    if (name !== 'constructor') Object.defineProperty(prototype, name, memberOf(name, value));
  }
  for (const [name, value] of Object.entries(methods)) Object.defineProperty(prototype, name, method(value));
  // A promise that is fulfilled with one asks for it first.
  // oxlint-disable-next-line unicorn/no-thenable -- the opposite of one
  Object.defineProperty(prototype, 'then', { value: undefined, configurable: true, writable: true });
  Reflect.deleteProperty(prototype, 'constructor');
  Object.setPrototypeOf(prototype, theRest(example, prototype));
  return LentConnection;
}

/** All that a connection has by now, itself or from its classes: methods with their functions, anything else without. */
function membersOf(connection: object): Map<Key, Method | undefined> {
  const members = new Map<Key, Method | undefined>();
  for (let at: object | null = connection; at !== null && at !== Object.prototype; at = Reflect.getPrototypeOf(at)) {
    for (const name of Reflect.ownKeys(at)) {
      if (members.has(name)) continue;
      const value = Reflect.getOwnPropertyDescriptor(at, name)!.value as unknown;
      members.set(name, typeof value === 'function' ? (value as Method) : undefined);
    }
  }
  return members;
}

const method = (value: Method): PropertyDescriptor => ({ value, configurable: true, writable: true });

function memberOf(name: Key, value: Method | undefined): PropertyDescriptor {
  if (value !== undefined) return method(methodFor(name));
  return {
    configurable: true,
    get(this: View) {
      return Reflect.get(this[CONNECTION], name) as unknown;
    },
    set(this: View, written: unknown) {
      Object.defineProperty(this, name, { value: written, configurable: true, enumerable: true, writable: true });
    },
  };
}

const functionIn = (connection: MysqlConnection, name: Key): Method =>
  (connection as unknown as Record<Key, Method>)[name]!;

/** The connection's method of that name, whatever it is by then. */
function methodFor(name: Key): Method {
  // What the promise API wraps must be what is lent.
  if (name === 'promise') {
    return function (...args) {
      return Reflect.apply(functionIn((this as View)[CONNECTION], name), this, args);
    };
  }
  if (!COMMANDS.has(name)) {
    return function (...args) {
      const connection = (this as View)[CONNECTION];
      return Reflect.apply(functionIn(connection, name), connection, args);
    };
  }
  return function (...args) {
    const { [LEASE]: lease, [CONNECTION]: connection } = this as View;
    // The getter throws when the lease has ended.
    const sender = lease.active || !lost.has(connection) ? lease.connection : connection;
    return Reflect.apply(functionIn(sender, name), sender, args);
  };
}

// So many names of others are remembered.
const MOST_NAMES = 50;

/** What somebody has written on a connection later is looked for there; its class is told as ever. */
function theRest(example: MysqlConnection, prototype: object): object {
  let names = 0;
  return new Proxy(Object.create(Reflect.getPrototypeOf(example)) as object, {
    get(target, name, receiver) {
      const connection = (receiver as Partial<View> | undefined)?.[CONNECTION];
      if (connection === undefined || name === 'constructor') return Reflect.get(target, name) as unknown;
      const value: unknown = Reflect.get(connection, name);
      if (typeof value === 'function') return (value as Method).bind(connection);
      // An ORM asks for its own marks again and again.
      if (names++ < MOST_NAMES) Object.defineProperty(prototype, name, memberOf(name, undefined));
      return value;
    },
  });
}

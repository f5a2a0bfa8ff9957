import type { MysqlConnection } from '../mysql/driver.js';
import type { ScopedLease } from '../scope/index.js';

/**
 * Methods that send something to the server. They are refused after the end of the loan, because the command would
 * reach the next borrower.
 */
const COMMANDS: ReadonlySet<string | symbol> = new Set([
  'addCommand', 'beginTransaction', 'changeUser', 'close', 'commit', 'end', 'execute', 'pause', 'ping', 'prepare',
  'query', 'reset', 'resume', 'rollback', 'unprepare', 'write', 'writePacket',
]); // prettier-ignore

const lost = new WeakSet<MysqlConnection>();

/**
 * Records that a connection was lost while it was lent: commands that are sent to it later fail with that loss, which
 * is safe, as they cannot reach another borrower.
 */
export const noteLoss = (connection: MysqlConnection): void => void lost.add(connection);

const LEASE = Symbol('node-mysqlpool.lease');
const CONNECTION = Symbol('node-mysqlpool.connection');

/** The object that stands for a connection during one loan. */
interface View {
  readonly [LEASE]: ScopedLease<MysqlConnection>;
  readonly [CONNECTION]: MysqlConnection;
}

type ViewClass = new (lease: ScopedLease<MysqlConnection>, connection: MysqlConnection) => View;

/** The lease of an object that `LeaseViews` created; undefined for any other object. */
export const leaseOf = (view: unknown): ScopedLease<MysqlConnection> | undefined => (view as Partial<View>)[LEASE];

type Method = (this: unknown, ...args: unknown[]) => unknown;
type Key = string | symbol;

/** Methods, by name, that act on the loan instead of on the connection. */
export type LoanMethods = Readonly<Record<string, Method>>;

const OF_EVERY_LOAN: LoanMethods = {
  destroy() {
    leaseOf(this)!.destroy();
  },
};

/**
 * Connections as borrowers see them: mysql2's connection in every respect, but a new object for each loan, so that a
 * second release or a use after the release does not affect the next borrower. Properties that ORMs set on it (`uuid`,
 * `__knexTxId`) last as long as the loan. Commands after the end of the loan throw `LeaseEndedError`.
 *
 * For each class of connections one wrapper class is created, because creating a Proxy for each loan costs more than
 * the loan itself. The objects do not inherit from the connection, because that would slow down mysql2's own access to
 * it.
 */
export class LeaseViews {
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
  class LeaseView {
    readonly [LEASE]: ScopedLease<MysqlConnection>;
    readonly [CONNECTION]: MysqlConnection;

    constructor(lease: ScopedLease<MysqlConnection>, connection: MysqlConnection) {
      this[LEASE] = lease;
      this[CONNECTION] = connection;
    }
  }
  const { prototype } = LeaseView;
  for (const [name, value] of membersOf(example)) {
    if (name !== 'constructor') Object.defineProperty(prototype, name, memberOf(name, value));
  }
  for (const [name, value] of Object.entries(methods)) Object.defineProperty(prototype, name, method(value));
  // Resolving a promise with the object reads `then` first.
  // oxlint-disable-next-line unicorn/no-thenable -- the opposite of one
  Object.defineProperty(prototype, 'then', { value: undefined, configurable: true, writable: true });
  Reflect.deleteProperty(prototype, 'constructor');
  Object.setPrototypeOf(prototype, theRest(example, prototype));
  return LeaseView;
}

/**
 * All current members of a connection, its own and inherited ones: methods with their functions, other members without
 * a value.
 */
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

/** A method that calls the connection's method of that name, as it is at the time of the call. */
function methodFor(name: Key): Method {
  // The promise API must wrap the lent object, not the physical connection.
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
    // The getter `lease.connection` throws once the lease has ended.
    const sender = lease.active || !lost.has(connection) ? lease.connection : connection;
    return Reflect.apply(functionIn(sender, name), sender, args);
  };
}

// How many property names that others have added are turned into accessors.
const MOST_NAMES = 50;

/**
 * Looks up properties that were added to a connection later. `constructor` and `instanceof` give the original class.
 */
function theRest(example: MysqlConnection, prototype: object): object {
  let names = 0;
  return new Proxy(Object.create(Reflect.getPrototypeOf(example)) as object, {
    get(target, name, receiver) {
      const connection = (receiver as Partial<View> | undefined)?.[CONNECTION];
      if (connection === undefined || name === 'constructor') return Reflect.get(target, name) as unknown;
      const value: unknown = Reflect.get(connection, name);
      if (typeof value === 'function') return (value as Method).bind(connection);
      // ORMs read their own marks again and again, so an accessor is defined.
      if (names++ < MOST_NAMES) Object.defineProperty(prototype, name, memberOf(name, undefined));
      return value;
    },
  });
}

import { isOpenedFor } from './hooks.js';
import { dial } from './dialling.js';
import { drop, type MysqlConnection } from './driver.js';
import { InitRecorder } from './init-recorder.js';
import { letProcessEnd } from './keep-process-alive.js';
import { refuseOtherProtocols } from './other-protocols.js';
import { makePlaces } from './places.js';
import { withTlsChecks } from './tls-checks.js';

interface Driver {
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever mysql2 of whatever version takes
  createConnection(...args: any[]): any;
}

/** One attempt of a creator to connect, on behalf of a pool. */
export class CreatorDial {
  readonly pool: string;
  readonly signal: AbortSignal;
  /** The connections that were begun during the attempt. */
  readonly connections: Set<MysqlConnection> = new Set<MysqlConnection>();

  constructor(pool: string, signal: AbortSignal) {
    this.pool = pool;
    this.signal = signal;
  }

  dropAll(): void {
    for (const connection of this.connections) drop(connection);
  }
}

/** The running dials of all pools whose creators use the same driver module. */
export class CreatorDials {
  readonly #underWay = new Set<CreatorDial>();
  readonly #recorders = new WeakMap<MysqlConnection, InitRecorder>();

  add(creating: CreatorDial): void {
    this.#underWay.add(creating);
  }

  /** Ends a dial, perhaps with a connection. Returns the recorder of that connection's set-up. */
  end(creating: CreatorDial, connection?: MysqlConnection): InitRecorder | undefined {
    this.#underWay.delete(creating);
    if (connection === undefined) return undefined;
    // If the connection was attributed to another dial, that one must not drop it.
    for (const other of this.#underWay) other.connections.delete(connection);
    return this.#recorders.get(connection);
  }

  /** Called when a connection has begun to connect. Outside of any dial it is ignored. */
  begun(connection: MysqlConnection): void {
    const creating = this.#ownerOfNext();
    if (creating === undefined) return;
    creating.connections.add(connection);
    isOpenedFor(connection, creating.signal);
    keepHearingErrors(connection);
    letProcessEnd(connection);
    refuseOtherProtocols(connection);
    if (creating.signal.aborted) drop(connection);
    else connection.once('connect', () => this.#recorders.set(connection, new InitRecorder(creating.pool, connection)));
  }

  /**
   * The dial to which a connection that begins now belongs: the oldest one without a connection. Creators begin to
   * connect in the order in which they are called, unless one waits longer for its password than the next one. Then the
   * two connections are mixed up, which matters only if one dial is given up: a connection too many may be dropped.
   */
  #ownerOfNext(): CreatorDial | undefined {
    const all = [...this.#underWay];
    const without = all.filter(({ connections }) => connections.size === 0);
    // A creator may try several addresses in turn.
    return without.find(({ signal }) => !signal.aborted) ?? without[0] ?? all.at(-1);
  }
}

const known = new WeakMap<object, CreatorDials>();

/**
 * Wraps the driver module so that a `CreatorSource` sees the connections of its creator from the moment they are begun.
 */
export function watchedDriver<D extends Driver>(driver: D): D {
  if (known.has(driver)) return driver;
  const dials = new CreatorDials();
  const createConnection = (...args: unknown[]): MysqlConnection => {
    const connection = withTlsChecks(dial(() => driver.createConnection(...args) as MysqlConnection));
    makePlaces(connection, false);
    dials.begun(connection);
    return connection;
  };
  const own = Object.create(driver, { createConnection: { value: createConnection, enumerable: true } }) as D;
  known.set(own, dials);
  return own;
}

/**
 * Keeps an `error` listener on the connection: an unhandled error would end the process. Knex removes all listeners
 * from a connection that could not be opened, and mysql2 may emit further errors on it.
 */
function keepHearingErrors(connection: MysqlConnection): void {
  const hear = (): void => undefined;
  const removeAll = connection.removeAllListeners.bind(connection);
  connection.removeAllListeners = (event) => {
    removeAll(event);
    if (!connection.listeners('error').includes(hear)) connection.on('error', hear);
    return connection;
  };
  connection.on('error', hear);
}

/** The dials of a watched driver. */
export const dialsOf = (driver: object): CreatorDials => known.get(driver) ?? new CreatorDials();

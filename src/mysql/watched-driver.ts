import { isOpenedFor } from './hooks.js';
import { dial } from './dialling.js';
import { drop, type MysqlConnection } from './driver.js';
import { InitRecorder } from './init-recorder.js';
import { letProcessEnd } from './keep-process-alive.js';
import { refuseOtherProtocols } from './other-protocols.js';
import { makePlaces } from './places.js';
import { identifyByAddress } from './tls-identity.js';
import { checkTlsOptions } from './tls-options.js';

interface Driver {
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever mysql2 of whatever version takes
  createConnection(...args: any[]): any;
}

/** Somebody else's way to a connection, on behalf of a pool. */
export class CreatorDial {
  readonly pool: string;
  readonly signal: AbortSignal;
  /** What was begun in the course of it. */
  readonly connections: Set<MysqlConnection> = new Set<MysqlConnection>();

  constructor(pool: string, signal: AbortSignal) {
    this.pool = pool;
    this.signal = signal;
  }

  dropAll(): void {
    for (const connection of this.connections) drop(connection);
  }
}

/** The dials of all pools whose creators make their connections with one driver. */
export class CreatorDials {
  readonly #underWay = new Set<CreatorDial>();
  readonly #recorders = new WeakMap<MysqlConnection, InitRecorder>();

  add(creating: CreatorDial): void {
    this.#underWay.add(creating);
  }

  /** It has ended, maybe with a connection. Answers what was said to that one. */
  end(creating: CreatorDial, connection?: MysqlConnection): InitRecorder | undefined {
    this.#underWay.delete(creating);
    if (connection === undefined) return undefined;
    // Whomever it was taken for: it is not theirs to drop.
    for (const other of this.#underWay) other.connections.delete(connection);
    return this.#recorders.get(connection);
  }

  /** A connection has begun to connect. Outside of any dial it is no affair of ours. */
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
   * Whose a connection is that begins now: of the oldest dial that has none yet. Creators begin in the order in which
   * they are called, unless one has to wait for its password longer than the next; then the two are taken for each
   * other, which matters only if one of them is given up: a connection too much may be dropped.
   */
  #ownerOfNext(): CreatorDial | undefined {
    const all = [...this.#underWay];
    const without = all.filter(({ connections }) => connections.size === 0);
    // A creator may try several addresses in turn.
    return without.find(({ signal }) => !signal.aborted) ?? without[0] ?? all.at(-1);
  }
}

const known = new WeakMap<object, CreatorDials>();

/** The driver's module, by which a `CreatorSource` sees its creator's connections from their first moment on. */
export function watchedDriver<D extends Driver>(driver: D): D {
  if (known.has(driver)) return driver;
  const dials = new CreatorDials();
  const createConnection = (...args: unknown[]): MysqlConnection => {
    const connection = identifyByAddress(dial(() => driver.createConnection(...args) as MysqlConnection));
    makePlaces(connection, false);
    refuseWrongTls(connection);
    dials.begun(connection);
    return connection;
  };
  const own = Object.create(driver, { createConnection: { value: createConnection, enumerable: true } }) as D;
  known.set(own, dials);
  return own;
}

/**
 * An error that nobody hears would end the process. Knex takes all listeners off a connection that could not be opened,
 * and mysql2 may have more to say of it.
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

/** Those of a driver that is watched. */
export const dialsOf = (driver: object): CreatorDials => known.get(driver) ?? new CreatorDials();

/** Only now, since the options may be in a URL that mysql2 has read. Nothing has been sent to the server yet. */
function refuseWrongTls(connection: MysqlConnection): void {
  try {
    checkTlsOptions('createConnection', (connection.config as { readonly ssl?: unknown }).ssl);
  } catch (error) {
    connection.on('error', () => undefined);
    drop(connection);
    throw error;
  }
}

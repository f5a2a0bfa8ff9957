import { AsyncLocalStorage } from 'node:async_hooks';
import type { OpenFailure } from '../pool/index.js';
import { classifyOpenFailure, errnoOf, isMistake } from '../session/index.js';
import { InitRecorder } from './init-recorder.js';
import { letProcessEnd } from './keep-process-alive.js';
import { dialWhole } from './dialling.js';
import { drop, internals, type MysqlConnection } from './driver.js';
import type { ConnectorPool } from './session-start.js';
import { refuseOtherProtocols } from './other-protocols.js';
import type { ConnectionSource, Dialled } from './source.js';
import { identifyByAddress } from './tls-identity.js';
import { checkTlsOptions } from './tls-options.js';

/** Somebody who makes connections in a way of their own: an ORM, with its hooks, credentials and session set-up. */
export interface Creator {
  /** Makes a connection with `createConnection` of a `watchedDriver`. As it is then, so it shall be whenever it is lent. */
  create(): Promise<MysqlConnection>;
  /** Says good-bye to the server. */
  close(connection: MysqlConnection): Promise<unknown>;
}

/** One dial: hears of every connection that the creator begins to open in the course of it. */
type Dial = (connection: MysqlConnection) => void;

const dials = new AsyncLocalStorage<Dial>();

interface Driver {
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever mysql2 of whatever version takes
  createConnection(...args: any[]): any;
}

const watched = new WeakSet<object>();

/** The driver's module, by which a `CreatorSource` sees its creator's connections from their first moment on. */
export function watchedDriver<D extends Driver>(driver: D): D {
  if (watched.has(driver)) return driver;
  const createConnection = (...args: unknown[]): MysqlConnection => {
    const connection = identifyByAddress(driver.createConnection(...args) as MysqlConnection);
    refuseWrongTls(connection);
    dials.getStore()?.(connection);
    return connection;
  };
  const own = Object.create(driver, { createConnection: { value: createConnection, enumerable: true } }) as D;
  watched.add(own);
  return own;
}

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

/** Connections that a creator makes. Only the pooling is ours, and the watching and cleaning of sessions. */
export class CreatorSource implements ConnectionSource {
  readonly #creator: Creator;

  constructor(creator: Creator) {
    this.#creator = creator;
  }

  async open(signal: AbortSignal, pool: ConnectorPool): Promise<Dialled> {
    const recorders = new Map<MysqlConnection, InitRecorder | undefined>();
    let isOver = false;
    const dial: Dial = (connection) => {
      // Late work of this dial, in callbacks of its sockets, is no business of it.
      if (isOver && !signal.aborted) return;
      connection.on('error', () => undefined);
      letProcessEnd(connection);
      refuseOtherProtocols(connection);
      if (signal.aborted) return drop(connection);
      recorders.set(connection, undefined);
      connection.once('connect', () => recorders.set(connection, new InitRecorder(pool.name, connection)));
    };
    const dropAll = (): void => {
      for (const connection of recorders.keys()) drop(connection);
    };
    signal.addEventListener('abort', dropAll);
    try {
      const connection = await dials.run(dial, () => dialWhole(() => this.#creator.create()));
      const recorder = recorders.get(connection);
      recorders.set(connection, recorder);
      signal.throwIfAborted();
      recorder?.end();
      return dialled(connection, recorder);
    } catch (error) {
      dropAll();
      throw error;
    } finally {
      isOver = true;
      signal.removeEventListener('abort', dropAll);
    }
  }

  close(connection: MysqlConnection): Promise<unknown> {
    return this.#creator.close(connection);
  }

  classify(error: unknown): OpenFailure {
    return classifyOpenFailure(driverErrorIn(error));
  }
}

function dialled(connection: MysqlConnection, recorder: InitRecorder | undefined): Dialled {
  const { config, _handshakePacket } = internals(connection) as unknown as {
    readonly config: { readonly database?: string };
    readonly _handshakePacket?: { readonly serverVersion?: unknown };
  };
  const init = recorder && {
    // The answer to our own set-up told the variables; SET NAMES in it has to be taken back.
    first: () => recorder.repeatRest(connection),
    again: recorder.isPlain ? undefined : () => recorder.repeatWhole(connection),
  };
  return { connection, version: String(_handshakePacket?.serverVersion), database: config.database, init };
}

/** What the driver said, in the errors that ORMs wrap it in. */
function driverErrorIn(error: unknown): unknown {
  let at = error;
  for (let depth = 0; depth < 5 && typeof at === 'object' && at !== null; depth++) {
    const { code, parent, cause } = at as {
      readonly code?: unknown;
      readonly parent?: unknown;
      readonly cause?: unknown;
    };
    if (errnoOf(at) !== undefined || typeof code === 'string' || isMistake(at)) return at;
    at = parent ?? cause;
  }
  return error;
}

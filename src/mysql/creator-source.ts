import type { OpenFailure } from '../pool/index.js';
import { classifyOpenFailure, errnoOf, isMistake } from '../session/index.js';
import { internals, type MysqlConnection } from './driver.js';
import type { InitRecorder } from './init-recorder.js';
import { Mistakes } from './mistakes.js';
import type { ConnectorPool } from './session-start.js';
import type { ConnectionSource, Dialled } from './source.js';
import { CreatorDial, dialsOf, type CreatorDials } from './watched-driver.js';

/** Somebody who makes connections in a way of their own: an ORM, with its hooks, credentials and session set-up. */
export interface Creator {
  /** The `watchedDriver` that it makes connections with. */
  readonly driver: object;
  /**
   * Makes a connection. As it is then, so it shall be whenever it is lent.
   * @param dial the signal of the dial that it is for: hooks that have no connection yet run for it
   */
  create(dial: AbortSignal): Promise<MysqlConnection>;
  /** Says good-bye to the server. */
  close(connection: MysqlConnection): Promise<unknown>;
  /** What it makes them with: address, account, options of the driver. Pools of one name are told apart by it. */
  readonly settings?: unknown;
}

/** Connections that a creator makes. Only the pooling is ours, and the watching and cleaning of sessions. */
export class CreatorSource implements ConnectionSource {
  readonly #creator: Creator;
  readonly #dials: CreatorDials;
  /** What failed before any connection was begun: credentials that cannot be had, options, a hook. */
  readonly #mistakes = new Mistakes();

  constructor(creator: Creator) {
    this.#creator = creator;
    this.#dials = dialsOf(creator.driver);
  }

  async open(signal: AbortSignal, { name }: ConnectorPool): Promise<Dialled> {
    const dial = new CreatorDial(name, signal);
    const dropAll = (): void => dial.dropAll();
    let connection: MysqlConnection | undefined;
    let recorder: InitRecorder | undefined;
    this.#dials.add(dial);
    signal.addEventListener('abort', dropAll);
    try {
      connection = await this.#creator.create(signal);
      dial.connections.add(connection);
      signal.throwIfAborted();
    } catch (error) {
      if (dial.connections.size === 0) this.#mistakes.note(error);
      dropAll();
      throw error;
    } finally {
      recorder = this.#dials.end(dial, connection);
      signal.removeEventListener('abort', dropAll);
    }
    recorder?.end();
    return dialled(connection, recorder);
  }

  close(connection: MysqlConnection): Promise<unknown> {
    return this.#creator.close(connection);
  }

  classify(error: unknown): OpenFailure {
    if (this.#mistakes.has(error)) return 'fatal';
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

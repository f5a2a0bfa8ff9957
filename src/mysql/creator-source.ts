import type { OpenFailure } from '../pool/index.js';
import { classifyOpenFailure, errnoOf, isMistake } from '../session/index.js';
import { internals, type MysqlConnection } from './driver.js';
import type { InitRecorder } from './init-recorder.js';
import { Mistakes } from './mistakes.js';
import type { ConnectorPool } from './session-start.js';
import type { ConnectionSource, Dialled } from './source.js';
import { CreatorDial, dialsOf, type CreatorDials } from './watched-driver.js';

/** Creates connections in its own way: an ORM, with its hooks, credentials and session set-up. */
export interface Creator {
  /** The `watchedDriver` with which it creates connections. */
  readonly driver: object;
  /**
   * Creates a connection. The state in which it leaves the session is the clean state.
   * @param dial the signal of this attempt to connect; hooks that run before there is a connection are attributed to it
   */
  create(dial: AbortSignal): Promise<MysqlConnection>;
  /** Closes a connection politely (COM_QUIT). */
  close(connection: MysqlConnection): Promise<unknown>;
  /** The settings of its connections: address, account, driver options. They tell pools with the same name apart. */
  readonly settings?: unknown;
}

/**
 * A source whose connections come from a creator. Pooling, and watching and cleaning the sessions, remain the task of
 * this package.
 */
export class CreatorSource implements ConnectionSource {
  readonly #creator: Creator;
  readonly #dials: CreatorDials;
  /** Errors thrown before any connection was begun: unavailable credentials, bad options, a failing hook. */
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
    // Our own set-up, which ran after the creator's, recorded the variables as the creator left them; but its SET NAMES
    // has to be undone by repeating the creator's own.
    first: () => recorder.repeatRest(connection),
    again: recorder.isPlain ? undefined : () => recorder.repeatWhole(connection),
  };
  return { connection, version: String(_handshakePacket?.serverVersion), database: config.database, init };
}

/** Finds the driver's error inside the errors that ORMs wrap it in. */
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

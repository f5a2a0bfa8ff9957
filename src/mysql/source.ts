import type { OpenFailure } from '../pool/index.js';
import type { MysqlConnection } from './driver.js';
import type { ConnectorPool } from './session-start.js';

/**
 * What is done to every new session before it is first lent, in addition to the pool's own set-up. The state that it
 * leaves is the clean state.
 */
export interface Init {
  /** Runs after the pool's own set-up of a new session. */
  first(): Promise<unknown>;
  /** The same after a reset; undefined if a reset undoes none of it. */
  readonly again: (() => Promise<unknown>) | undefined;
}

/** A connection whose login has just succeeded. */
export interface Dialled {
  readonly connection: MysqlConnection;
  readonly version: string;
  readonly database: string | undefined;
  readonly init: Init | undefined;
}

/** Creates the connections of a pool: from options of mysql2, or by a creator. */
export interface ConnectionSource {
  /** Opens a connection. Once `signal` is aborted, nothing that was begun stays open. */
  open(signal: AbortSignal, pool: ConnectorPool): Promise<Dialled>;
  /** Called after a connection that it opened has been set up successfully. */
  opened?(): void;
  /** Closes a connection politely (COM_QUIT). */
  close(connection: MysqlConnection): unknown;
  classify(error: unknown): OpenFailure;
}

import type { OpenFailure } from '../pool/index.js';
import type { MysqlConnection } from './driver.js';
import type { ConnectorPool } from './session-start.js';

/** What is done to every new session before it is lent, beyond the pool's own set-up. What it leaves is the clean state. */
export interface Init {
  /** After the pool's own set-up of a new session. */
  first(): Promise<unknown>;
  /** The same after a reset; undefined when there is nothing that a reset undoes. */
  readonly again: (() => Promise<unknown>) | undefined;
}

/** A connection that the server has just let in. */
export interface Dialled {
  readonly connection: MysqlConnection;
  readonly version: string;
  readonly database: string | undefined;
  readonly init: Init | undefined;
}

/** Who makes the connections of a pool: mysql2 by options, or somebody in a way of their own. */
export interface ConnectionSource {
  /** Once `signal` is aborted nothing that was begun stays open. */
  open(signal: AbortSignal, pool: ConnectorPool): Promise<Dialled>;
  /** A connection that it has opened could be used. */
  opened?(): void;
  /** Says good-bye to the server. */
  close(connection: MysqlConnection): unknown;
  classify(error: unknown): OpenFailure;
}

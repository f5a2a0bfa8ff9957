import type { EventEmitter } from 'node:events';
import type { Connection, ConnectionOptions } from 'mysql2';
import type { MysqlConnection } from '../api/index.js';

type Callback = (error: unknown, rows?: unknown, fields?: unknown) => void;

/** A command of mysql2 that is created before there is a connection to run it on. */
export interface Query extends EventEmitter {
  onResult: Callback | undefined;
  namedPlaceholders?: boolean | undefined;
  stream(options?: object): EventEmitter & { destroy(error?: Error): unknown };
}

/** The options of one connection, as mysql2's class reads them. */
export interface ConnectionConfig extends ConnectionOptions {
  pool?: unknown;
}

export interface PoolConfigShape {
  readonly connectionConfig: ConnectionConfig;
}

/** A connection of mysql2's pool. All undeclared members that the facade relies on are in this file. */
export interface BasePoolConnection extends MysqlConnection {
  _released: boolean;
  _removeFromPool(): void;
  _notifyError(error: Error): void;
  readonly _command?: Query | null;
  readonly _commands: { readonly length: number; get(index: number): Query | undefined };
  readonly config: ConnectionConfig;
  release(): void;
  destroy(): void;
  [Symbol.dispose](): void;
}

export interface BasePool extends EventEmitter {
  config: PoolConfigShape;
  format(sql: string, values?: unknown): string;
}

/** The parts of a copy of mysql2 that the facade builds on. */
export interface CoreModule {
  readonly Pool: new (options: { readonly config: object }) => BasePool;
  readonly PoolConnection: new (pool: unknown, options: { readonly config: ConnectionConfig }) => BasePoolConnection;
  readonly PoolCluster: new (options: object) => EventEmitter;
  readonly ConnectionConfig: {
    new (options: object): ConnectionConfig;
    parseUrl(url: string): Readonly<Record<string, unknown>>;
  };
  createQuery(sql: unknown, values: unknown, callback: unknown, config: ConnectionConfig): Query;
}

/** What mysql2's promise classes need from the object that they wrap. */
interface Wrapped<T> extends EventEmitter {
  readonly Promise: PromiseConstructor;
  readonly connection: T;
}

export interface BasePromisePool extends EventEmitter {
  readonly pool: BasePool;
  readonly Promise: PromiseConstructor;
}

export interface BasePromisePoolConnection extends Wrapped<Connection> {
  release(): void;
  destroy(): void;
  end(): Promise<void>;
}

/** The promise API of the same copy. */
export interface PromiseModule {
  readonly PromisePool: new (pool: unknown, implementation?: PromiseConstructor) => BasePromisePool;
  readonly PromisePoolConnection: new (
    connection: unknown,
    implementation?: PromiseConstructor,
  ) => BasePromisePoolConnection;
}

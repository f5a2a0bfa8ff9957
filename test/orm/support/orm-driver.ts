import type { ServerKind } from '../../support/servers/index.js';

/** One row of a result, by column name. */
export type Row = Record<string, unknown>;

/** The options with which the suite opens an ORM. */
export interface OrmOptions {
  readonly kind: ServerKind;
  /** `mysql://user:password@host:port/database`, the same as the parts below. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** A database with an empty table `t (id, v)` and a table `many (n)` with the numbers 0 to 999. */
  readonly database: string;
  /** The maximum number of connections. */
  readonly maxSize: number;
  /** How long to wait for a connection, in ms. */
  readonly acquireTimeout: number;
}

/** A transaction, by the ORM's own interface. */
export interface OrmTransaction {
  query(sql: string): Promise<Row[]>;
  /** A nested transaction (savepoint), which is rolled back if `work` throws. */
  nested(work: (tx: OrmTransaction) => Promise<void>): Promise<void>;
}

/** An ORM on our pool. All methods use the ORM's own API in the way its users do. */
export interface OpenOrm {
  query(sql: string): Promise<Row[]>;
  /** Commits if `work` returns; if it throws, rolls back and throws the same error. */
  transaction(work: (tx: OrmTransaction) => Promise<void>): Promise<void>;
  /** The rows one by one; called only if the ORM can stream (`OrmDriver.streams`). */
  stream(sql: string): AsyncIterable<Row>;
  /**
   * Takes a connection and keeps it (a QueryRunner, an open transaction). Resolves with a function that releases it.
   */
  take(): Promise<() => unknown>;
  /** Shuts the ORM down. */
  close(): Promise<unknown>;
}

/** How to test one ORM. */
export interface OrmDriver {
  /** The ORM and its version. */
  readonly name: string;
  /** The name (`via`) of the ORM's loans in the pool. @default `name` */
  readonly via?: string;
  readonly streams: boolean;
  /** Whether the ORM reopens when it is used after its shutdown. @default false */
  readonly reopens?: boolean;
  /** Whether the ORM reports no error when COMMIT fails, which it does with its own pool, too. @default false */
  readonly hidesFailedCommit?: boolean;
  open(options: OrmOptions): OpenOrm | Promise<OpenOrm>;
  /** The ORM's error for an acquire time-out; our own error is in its chain of causes. */
  readonly timeout: { readonly name: string; readonly message: RegExp };
}

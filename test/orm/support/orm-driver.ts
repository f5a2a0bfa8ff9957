import type { ServerKind } from '../../support/servers/index.js';

/** One row of an answer, by column name. */
export type Row = Record<string, unknown>;

/** What the suite wants of an ORM when it opens it. */
export interface OrmOptions {
  readonly kind: ServerKind;
  /** `mysql://user:password@host:port/database`, the same as the parts below. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** An empty database, but for a table `t (id, v)` and a table `many (n)` with the numbers 0 to 999. */
  readonly database: string;
  /** The most connections. */
  readonly maxSize: number;
  /** How long to wait for a connection, in ms. */
  readonly acquireTimeout: number;
}

/** A transaction, as the ORM's own interface has it. */
export interface OrmTransaction {
  query(sql: string): Promise<Row[]>;
  /** A transaction inside this one: a savepoint. It is undone when `work` throws. */
  nested(work: (tx: OrmTransaction) => Promise<void>): Promise<void>;
}

/** An ORM at work on our pool. Everything is done the ORM's own way, as its users do it. */
export interface OpenOrm {
  query(sql: string): Promise<Row[]>;
  /** Commits when `work` returns, rolls back when it throws, and then throws the same. */
  transaction(work: (tx: OrmTransaction) => Promise<void>): Promise<void>;
  /** The rows one by one; never called when the ORM does not stream (`OrmDriver.streams`). */
  stream(sql: string): AsyncIterable<Row>;
  /** Takes a connection and keeps it: a QueryRunner, an open transaction. Answers what gives it back. */
  take(): Promise<() => unknown>;
  /** The ORM's shutdown. */
  close(): Promise<unknown>;
}

/** How to test one ORM. */
export interface OrmDriver {
  /** The ORM and its version. */
  readonly name: string;
  /** What its loans are called. @default its name */
  readonly via?: string;
  readonly streams: boolean;
  /** Whether the ORM opens itself again when it is used after its shutdown. @default false */
  readonly reopens?: boolean;
  /** Whether the ORM's transactions say that they were committed although COMMIT has failed, as its own pool's do. @default false */
  readonly hidesFailedCommit?: boolean;
  open(options: OrmOptions): OpenOrm | Promise<OpenOrm>;
  /** What the ORM's users get when no connection came in time; our own error is somewhere below it, as `cause`. */
  readonly timeout: { readonly name: string; readonly message: RegExp };
}

import type { IsolationLevel } from '../api/index.js';

/**
 * The port that Prisma 7 has for databases, as far as we fill it. Written down here, so that nothing of Prisma is needed
 * to compile or to load this.
 */

/** What kind of values a column has; the numbers are Prisma's. */
export const COLUMN_TYPES = {
  int32: 0,
  int64: 1,
  float: 2,
  double: 3,
  numeric: 4,
  text: 7,
  date: 8,
  time: 9,
  dateTime: 10,
  json: 11,
  enum: 12,
  bytes: 13,
} as const;

type PrismaColumnType = (typeof COLUMN_TYPES)[keyof typeof COLUMN_TYPES];

/** What Prisma says of one argument. */
export interface PrismaArgType {
  readonly scalarType: string;
  readonly dbType?: string;
}

/** A statement of Prisma's. */
export interface PrismaQuery {
  readonly sql: string;
  readonly args: unknown[];
  readonly argTypes: readonly PrismaArgType[];
}

/** An answer as Prisma wants it. */
export interface PrismaResultSet {
  columnNames: string[];
  columnTypes: PrismaColumnType[];
  rows: unknown[][];
  lastInsertId?: string;
}

/** What Prisma may know about the database behind an adapter. */
export interface PrismaConnectionInfo {
  schemaName?: string;
  supportsRelationJoins: boolean;
}

export type PrismaIsolationLevel = Uppercase<IsolationLevel> | 'SNAPSHOT';

/** Runs statements, in a transaction or not. */
export interface PrismaQueryable {
  readonly provider: 'mysql';
  readonly adapterName: string;
  queryRaw(query: PrismaQuery): Promise<PrismaResultSet>;
  executeRaw(query: PrismaQuery): Promise<number>;
}

/** A transaction that is open. It ends with `commit` or `rollback`, whether they succeed or not. */
export interface PrismaTransaction extends PrismaQueryable {
  readonly options: { readonly usePhantomQuery: boolean };
  commit(): Promise<void>;
  rollback(): Promise<void>;
  createSavepoint(name: string): Promise<void>;
  rollbackToSavepoint(name: string): Promise<void>;
  releaseSavepoint(name: string): Promise<void>;
}

/** One database, from `$connect` to `$disconnect`. */
export interface PrismaAdapter extends PrismaQueryable {
  executeScript(script: string): Promise<void>;
  startTransaction(isolationLevel?: PrismaIsolationLevel): Promise<PrismaTransaction>;
  getConnectionInfo(): PrismaConnectionInfo;
  dispose(): Promise<void>;
}

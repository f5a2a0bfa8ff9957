import type { IsolationLevel } from '../api/index.js';

/**
 * The interface that Prisma 7 defines for database adapters, as far as it is implemented here. Declared here, so that
 * nothing of Prisma is needed to compile or load this file.
 */

/** The column types; the numbers are Prisma's. */
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

/** Prisma's description of one argument. */
export interface PrismaArgType {
  readonly scalarType: string;
  readonly dbType?: string;
}

/** A statement from Prisma. */
export interface PrismaQuery {
  readonly sql: string;
  readonly args: unknown[];
  readonly argTypes: readonly PrismaArgType[];
}

/** A result as Prisma expects it. */
export interface PrismaResultSet {
  columnNames: string[];
  columnTypes: PrismaColumnType[];
  rows: unknown[][];
  lastInsertId?: string;
}

/** What Prisma asks about the database behind an adapter. */
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

/** An open transaction. It ends with `commit` or `rollback`, even if that fails. */
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

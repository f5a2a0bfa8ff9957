import type { MysqlLease } from '../api/index.js';
import type { BasePromisePool, BasePromisePoolConnection } from './mysql2-module.js';

export type Implementation = PromiseConstructor | undefined;

export interface PromiseClasses {
  readonly PromisePool: new (pool: unknown, implementation?: Implementation) => BasePromisePool;
  readonly PromisePoolConnection: PromisePoolConnectionClass;
}

export type PromisePoolConnectionClass = new (
  connection: object,
  implementation: Implementation,
  lease: MysqlLease | undefined,
) => BasePromisePoolConnection;

import type { Options } from '@mikro-orm/core';
import { EntitySchema, type MikroORM } from '@mikro-orm/mysql';
import type { MysqlPool } from 'node-mysqlpool';
import { MysqlPoolDriver } from 'node-mysqlpool/mikro-orm';
import type { OrmOptions, Row } from './orm-driver.js';

// These tests run with MikroORM 6 and, by mikro-orm7.test.ts, with MikroORM 7, which is built on Kysely.
export const { version } = require('@mikro-orm/core/package.json') as { readonly version: string };
export const isSeven: boolean = version.startsWith('7.');

export interface Thing {
  id: number;
  v: string;
}

export const Thing: EntitySchema<Thing> = new EntitySchema<Thing>({
  name: 'Thing',
  tableName: 't',
  properties: { id: { type: 'number', primary: true }, v: { type: 'string' } },
});

/** MikroORM's configuration for a test's database. */
export const configOf = ({ host, port, user, password, database, maxSize, acquireTimeout }: OrmOptions) =>
  ({
    driver: MysqlPoolDriver,
    entities: [Thing],
    dbName: database,
    host,
    port,
    user,
    password,
    pool: { min: 0, max: maxSize, acquireTimeoutMillis: acquireTimeout },
  }) satisfies Options<MysqlPoolDriver>;

export type Orm = MikroORM;

/** Methods of a connection that only MikroORM 7 has. */
export interface SevenConnection {
  stream(query: string): AsyncIterable<Row>;
  getNativeClient(): Promise<MysqlPool>;
}

type KnexWithPool = { readonly client: { readonly pool: { readonly mysqlpool: MysqlPool } } };

/** Our pool that MikroORM uses; for 'read', the pool of a replica. */
export async function poolOf(
  orm: Orm,
  type: 'read' | 'write' = 'write',
): Promise<Pick<MysqlPool, 'options' | 'stats'>> {
  const connection = orm.em.getConnection(type);
  if (isSeven) return (connection as unknown as SevenConnection).getNativeClient();
  return (connection.getKnex() as unknown as KnexWithPool).client.pool.mysqlpool;
}

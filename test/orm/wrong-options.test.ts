import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Sequelize as Sequelize7 } from '@sequelize/core';
import { MikroORM } from '@mikro-orm/mysql';
import { knex as knexFactory } from 'knex';
import { createPool as createOwnPool } from 'node-mysqlpool';
import { createPool as createDrizzlePool } from 'node-mysqlpool/drizzle';
import { MysqlPoolClient } from 'node-mysqlpool/knex';
import { createPool as createKyselyPool } from 'node-mysqlpool/kysely';
import { MysqlPoolDriver } from 'node-mysqlpool/mikro-orm';
import { createPool as createMysql2Pool } from 'node-mysqlpool/mysql2';
import 'node-mysqlpool/sequelize';
import { MySqlPoolDialect } from 'node-mysqlpool/sequelize7';
import { Sequelize } from 'sequelize';

const URL_WITH_PASSWORD = 'mysql://app:s3cret@db/shop';

// Whatever a program in JavaScript may give.
type Make = (given: never) => unknown;

const knex: Make = (pool) => knexFactory({ client: MysqlPoolClient, connection: { host: '127.0.0.1' }, pool });
const sequelize6: Make = (pool) => new Sequelize('d', 'u', 'p', { dialect: 'mysql', pool });
const sequelize7: Make = (pool) => new Sequelize7({ dialect: MySqlPoolDialect, database: 'd', pool });
const mikroOrm: Make = (changes: object) =>
  MikroORM.initSync({
    driver: MysqlPoolDriver,
    dbName: 'd',
    entities: [],
    discovery: { warnWhenNoEntities: false },
    ...changes,
  } as never)
    .em.getConnection()
    .getKnex();
const mikroOrmWith: Make = (own) => mikroOrm({ driver: MysqlPoolDriver.with(own) } as never);

/** What is refused when the pool is made, and in which words. */
const REFUSED: readonly (readonly [what: string, make: Make, given: unknown, text: string])[] = [
  ['Knex', knex, URL_WITH_PASSWORD, 'Knex: pool: expected an object of options, got a text'],
  ['Knex', knex, [3], 'Knex: pool: expected an object of options, got a list'],
  ['Knex', knex, { mysqlpool: [] }, 'Knex: pool.mysqlpool: expected an object of options, got a list'],
  ['Knex', knex, { afterCreate: 'SET a' }, 'Knex: option "pool.afterCreate": expected a function, got "SET a"'],
  ['Knex', knex, { validate: {} }, 'Knex: option "pool.validate": expected a function, got an object'],
  ['Knex', knex, { constructor: 1 }, 'Knex: unknown option pool.constructor; options of node-mysqlpool go into pool.mysqlpool'],
  ['Sequelize 6', sequelize6, { validate: 'x' }, 'Sequelize: option "pool.validate": expected a function, got "x"'],
  ['Sequelize 6', sequelize6, { mysqlpool: null }, 'Sequelize: pool.mysqlpool: expected an object of options, got null'],
  ['Sequelize 7', sequelize7, { validate: 'x' }, 'Sequelize: option "pool.validate": expected a function, got "x"'],
  ['MikroORM', mikroOrm, { pool: URL_WITH_PASSWORD }, 'MikroORM: pool: expected an object of options, got a text'],
  ['MikroORM', mikroOrmWith, 'maxSize', 'MikroORM: MysqlPoolDriver.with({ … }): expected an object of options, got a text'],
  ['MikroORM', mikroOrmWith, [], 'MikroORM: MysqlPoolDriver.with({ … }): expected an object of options, got a list'],
  ['createPool', createOwnPool as Make, { port: URL_WITH_PASSWORD }, 'createPool: option "port": expected a port from 1 to 65535, got a text'],
  ['createPool', createOwnPool as Make, { port: '33o6' }, 'createPool: option "port": expected a port from 1 to 65535, got a text'],
  ['createPool', createOwnPool as Make, { port: '-1' }, 'createPool: option "port": expected a port from 1 to 65535, got "-1"'],
  ['Kysely', createKyselyPool as Make, { port: -1 }, 'createPool: option "port": expected a port from 1 to 65535, got -1'],
  ['createPool', createOwnPool as Make, { permits: new Uint8Array(2) }, 'createPool: option "permits": expected permits such as new MaxTotal(20), got an object'],
  ['createPool', createOwnPool as Make, { permits: { join: () => undefined } }, 'createPool: option "permits": expected permits whose join() returns an account, got undefined, which has no take()'],
  ['Kysely', createKyselyPool as Make, { permits: { join: () => ({ take: () => true, giveBack() {}, withdraw() {} }) } }, 'createPool: option "permits": expected permits whose join() returns an account, got an object, which has no close()'],
  ['createPool', createOwnPool as Make, { fleet: { coordinator: [] } }, 'createPool: fleet: option "coordinator": expected "mysql", "none" or a coordinator such as redisCoordinator(client), got a list'],
  ['Knex', knex, { mysqlpool: { permits: 5 } }, 'createPool: option "permits": expected an object, got 5'],
  ['drop-in', createMysql2Pool as Make, null, 'createPool: expected a URL or an object of options, got null'],
  ['drop-in', createMysql2Pool as Make, ['mysql://db'], 'createPool: expected a URL or an object of options, got a list'],
  ['Drizzle', createDrizzlePool as Make, undefined, 'createPool: expected a URL or an object of options, got undefined'],
]; // prettier-ignore

describe('options that are none are refused when the pool is made, by what they are called there, and never shown', () => {
  for (const [what, make, given, message] of REFUSED) {
    it(`${what}: ${message.replace(/^[^:]+: /, '')}`, () => {
      assert.throws(() => make(given as never), { code: 'POOL_OPTION', message });
    });
  }
});

describe('options that are none to the ORM either are none here', () => {
  const NONE: readonly (readonly [what: string, make: Make, given: unknown])[] = [
    ['Knex: no pool', knex, null],
    ['Knex: hooks that are switched off', knex, { afterCreate: false, validate: null }],
    ['MikroORM: no options', mikroOrmWith, undefined],
  ];
  for (const [what, make, given] of NONE) it(what, () => assert.ok(make(given as never)));
});

it("options of a pool inside of the drop-in pool's are told to have no effect there", async () => {
  const warned = new Promise<Error & { readonly code?: string }>((resolve) => process.once('warning', resolve));
  createMysql2Pool({ host: '127.0.0.1', pool: { max: 4 } } as never);
  const { code, message } = await warned;
  assert.equal(code, 'MYSQLPOOL_UNKNOWN_OPTION');
  assert.match(message, /^createPool: unknown option "pool" is ignored: it has no options inside; /);
});

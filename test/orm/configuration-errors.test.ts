import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Sequelize as Sequelize7 } from '@sequelize/core';
import { EntitySchema, MikroORM } from '@mikro-orm/mysql';
import knexFactory, { type Knex } from 'knex';
import { createPool } from 'node-mysqlpool';
import { MysqlPoolClient } from 'node-mysqlpool/knex';
import { MysqlPoolDriver } from 'node-mysqlpool/mikro-orm';
import { MySqlPoolDialect } from 'node-mysqlpool/sequelize7';
import 'node-mysqlpool/sequelize';
import { Sequelize, type Options } from 'sequelize';

// Nothing answers there, and whoever keeps trying does so for a minute.
const NOWHERE = { host: '127.0.0.1', port: 1 } as const;
const LONG = 60_000;
const EXPIRED = 'the token has expired, and there is no other';

type Query = () => PromiseLike<unknown>;

const fail = (): Promise<never> => Promise.reject(new Error(EXPIRED));

function knex(t: TestContext, connection: Knex.Config['connection']): Query {
  const made = knexFactory({
    client: MysqlPoolClient,
    connection: connection!,
    acquireConnectionTimeout: LONG,
    log: { warn: () => undefined },
  });
  t.after(() => made.destroy());
  return () => made.raw('SELECT 1');
}

function sequelize(t: TestContext, more: Options): Sequelize {
  const pool = { acquire: LONG };
  const made = new Sequelize('', '', '', { dialect: 'mysql', ...NOWHERE, logging: false, pool, ...more });
  t.after(() => made.close());
  return made;
}

function sequelize7(t: TestContext, more: object): Sequelize7 {
  const made = new Sequelize7({ dialect: MySqlPoolDialect, ...NOWHERE, pool: { acquire: LONG }, ...more });
  t.after(() => made.close());
  return made;
}

const Thing = new EntitySchema({ name: 'Thing', properties: { id: { type: 'number', primary: true } } });

async function mikroOrm(t: TestContext, more: object): Promise<Query> {
  const pool = { acquireTimeoutMillis: LONG };
  const base = { driver: MysqlPoolDriver, entities: [Thing], dbName: 'x', ...NOWHERE, pool, connect: false };
  const orm = await MikroORM.init({ ...base, ...more, logger: () => undefined });
  t.after(() => orm.close(true));
  return () => orm.em.fork().execute('SELECT 1');
}

function own(t: TestContext, more: object): Query {
  const pool = createPool({ ...NOWHERE, acquireTimeout: LONG, ...more });
  t.after(() => pool.close());
  return () => pool.query('SELECT 1');
}

const PROFILE = { says: /Unknown SSL profile/ };
const PORT = { says: /Port should be >= 0 and < 65536/ };
const PROVIDER = { says: new RegExp(EXPIRED) };

const MISTAKES: readonly {
  readonly name: string;
  readonly says: RegExp;
  readonly open: (t: TestContext) => Query | Promise<Query>;
}[] = [
  { name: 'Knex: unknown TLS profile', ...PROFILE, open: (t) => knex(t, { ...NOWHERE, ssl: 'Nope' }) },
  { name: 'Knex: impossible port', ...PORT, open: (t) => knex(t, { ...NOWHERE, port: 99_999 }) },
  { name: 'Knex: credentials that fail', ...PROVIDER, open: (t) => knex(t, fail) },
  {
    name: 'Sequelize 6: unknown TLS profile',
    ...PROFILE,
    open(t) {
      const made = sequelize(t, { dialectOptions: { ssl: 'Nope' } });
      return () => made.query('SELECT 1');
    },
  },
  {
    name: 'Sequelize 6: impossible port',
    ...PORT,
    open(t) {
      const made = sequelize(t, { port: 99_999 });
      return () => made.query('SELECT 1');
    },
  },
  {
    name: 'Sequelize 6: a hook that fails',
    ...PROVIDER,
    open(t) {
      const made = sequelize(t, { hooks: { beforeConnect: fail } });
      return () => made.query('SELECT 1');
    },
  },
  {
    name: 'Sequelize 7: unknown TLS profile',
    ...PROFILE,
    open(t) {
      const made = sequelize7(t, { ssl: 'Nope' });
      return () => made.query('SELECT 1');
    },
  },
  {
    name: 'Sequelize 7: a hook that fails',
    ...PROVIDER,
    open(t) {
      const made = sequelize7(t, { hooks: { beforeConnect: fail } });
      return () => made.query('SELECT 1');
    },
  },
  {
    name: 'MikroORM: unknown TLS profile',
    ...PROFILE,
    open: (t) => mikroOrm(t, { driverOptions: { connection: { ssl: 'Nope' } } }),
  },
  { name: 'MikroORM: a password that fails', ...PROVIDER, open: (t) => mikroOrm(t, { password: fail }) },
  { name: 'createPool: unknown TLS profile', ...PROFILE, open: (t) => own(t, { ssl: 'Nope' }) },
  { name: 'createPool: a password that fails', ...PROVIDER, open: (t) => own(t, { password: fail }) },
];

describe('what only the program itself can mend is told at once, and not tried again for a minute', () => {
  for (const { name, says, open } of MISTAKES) {
    it(name, { timeout: LONG / 2 }, async (t) => {
      const query = await open(t);
      await assert.rejects(async () => query(), says);
    });
  }
});

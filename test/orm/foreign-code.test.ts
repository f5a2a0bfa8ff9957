import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createPool as createMysql2Pool } from 'node-mysqlpool/mysql2';
import type { TarnPool } from '#internal/orm/tarn-pool.js';
import { collectUntil } from '../support/garbage.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { databaseFor } from './support/database.js';
import {
  ACQUIRE,
  knexOf,
  knexWith,
  kyselyWith,
  sequelize7With,
  sequelizeWith,
  type Opened,
} from './support/hooked-orms.js';
import type { OrmOptions } from './support/orm-driver.js';

/** Where the application's code is called; `plant` throws for as long as the test wants it. */
type Place = (options: OrmOptions, plant: () => void) => Opened;

const hooked6 =
  (name: 'afterConnect' | 'afterPoolAcquire' | 'beforeQuery') =>
  (options: OrmOptions, hook: () => void | Promise<void>): Opened => {
    const [sequelize, opened] = sequelizeWith(options, {});
    sequelize.addHook(name, hook);
    return opened;
  };

function hooked7(options: OrmOptions, hook: () => void | Promise<void>): Opened {
  const [sequelize, opened] = sequelize7With(options, {});
  sequelize.hooks.addListener('afterPoolAcquire', hook);
  return opened;
}

const PLACES: Readonly<Record<string, Place>> = {
  'Knex: credentials that have expired': (options, plant) => knexWith(options, plant, { name: 'expires' }),
  'Knex: credentials': (options, plant) => knexWith(options, plant, {}),
  'Knex: validate': (options, plant) => knexWith(options, () => undefined, { validate: () => (plant(), true) }),
  'Knex: afterCreate': (options, plant) =>
    knexWith(options, () => undefined, {
      afterCreate: (connection: unknown, done: (error: unknown, made: unknown) => void) => (
        plant(),
        done(null, connection)
      ),
    }),
  'Knex: a listener of its pool': (options, plant) => {
    const [knex, opened] = knexOf(options, () => undefined, {});
    (knex.client as { readonly pool: TarnPool }).pool.on('acquireSuccess', plant);
    return opened;
  },
  'Sequelize 6: pool.validate': (options, plant) => sequelizeWith(options, { validate: () => (plant(), true) })[1],
  'Sequelize 6: afterPoolAcquire': hooked6('afterPoolAcquire'),
  'Sequelize 6: a query of its look at the version': hooked6('beforeQuery'),
  'Sequelize 6: afterConnect': hooked6('afterConnect'),
  'Sequelize 7: pool.validate': (options, plant) => sequelize7With(options, { validate: () => (plant(), true) })[1],
  'Sequelize 7: afterPoolAcquire': hooked7,
  'Kysely: onCreateConnection, with keep': (options, plant) =>
    kyselyWith(options, (pool) => ({ onCreateConnection: pool.keep(async () => plant()) })),
  'Kysely: onCreateConnection, with guard': (options, plant) =>
    kyselyWith(options, (pool) => ({ onCreateConnection: pool.guard(async () => plant()) })),
  'Kysely: onReserveConnection, with guard': (options, plant) =>
    kyselyWith(options, (pool) => ({ onReserveConnection: pool.guard(async () => plant()) })),
  'mysql2: password and onConnect': ({ url: uri, password }, plant) => {
    const pool = createMysql2Pool({
      uri,
      connectionLimit: 1,
      acquireTimeout: ACQUIRE,
      password: () => (plant(), password),
      onConnect: plant,
    });
    return { pool: pool.mysqlpool, query: () => pool.promise().query('SELECT 1'), close: () => pool.mysqlpool.close() };
  },
};

/** The same for code that never ends, by the word for it that the error has. */
const HANGING: Readonly<Record<string, (options: OrmOptions, hang: () => Promise<void>) => Opened>> = {
  'Knex: validate': (options, hang) =>
    knexWith(options, () => undefined, { validate: (() => hang().then(() => true)) as never }),
  'Sequelize 6: afterPoolAcquire': hooked6('afterPoolAcquire'),
  'Sequelize 7: afterPoolAcquire': hooked7,
  'Kysely, onCreateConnection: keep': (options, hang) =>
    kyselyWith(options, (pool) => ({ onCreateConnection: pool.keep(hang) })),
  'Kysely, onReserveConnection: guard': (options, hang) =>
    kyselyWith(options, (pool) => ({ onReserveConnection: pool.guard(hang) })),
};

const THROWN = 'what the application has thrown';

eachServer("code of the application's between the loan and its borrower", (_kind, getServer) => {
  for (const [name, open] of Object.entries(PLACES)) {
    it(`keeps no connection when it throws: ${name}`, async (t) => {
      const options = await databaseFor(t, await getServer());
      let isArmed = false;
      let thrown = 0;
      const { pool, query, close } = open(options, () => {
        if (!isArmed) return;
        thrown++;
        throw new Error(THROWN);
      });
      options.closeFirst(close);
      // One that is new, and one that has been used.
      for (let round = 0; round < 2; round++) {
        isArmed = true;
        await query().catch(() => undefined);
        assert.equal(pool.stats().inUse, 0);
        isArmed = false;
        await until(() =>
          query().then(
            () => true,
            () => false,
          ),
        );
        assert.equal(pool.stats().inUse, 0);
      }
      assert.ok(thrown > 0);
    });
  }

  for (const [name, open] of Object.entries(HANGING)) {
    it(`keeps no connection when it hangs, and is named: ${name}`, async (t) => {
      const options = await databaseFor(t, await getServer());
      let isArmed = true;
      // It has the connection, and may still say something to it when nobody waits for it any more.
      let goOn = (): void => undefined;
      const hang = async (): Promise<void> => {
        if (isArmed) await new Promise<void>((resolve) => (goOn = resolve));
      };
      const { pool, query, close } = open(options, hang);
      options.closeFirst(close);
      await assert.rejects(query(), (error: Error) => {
        const told = [error, error.cause, (error.cause as Error | undefined)?.cause].map((each) => String(each));
        assert.ok(
          told.some((text) => text.includes(`within ${ACQUIRE} ms`) && text.includes(name.split(': ')[1]!)),
          told.join(),
        );
        return true;
      });
      await until(() => pool.stats().inUse === 0);
      isArmed = false;
      await query();
      goOn();
      await query();
      assert.equal(pool.stats().inUse, 0);
    });
  }

  it('comes back when Kysely forgets it because of a hook without guard, as soon as it is collected', async (t) => {
    const options = await databaseFor(t, await getServer());
    let isArmed = true;
    const { pool, query, close } = kyselyWith(options, () => ({
      onCreateConnection: async () => {
        if (isArmed) throw new Error(THROWN);
      },
    }));
    options.closeFirst(close);
    await assert.rejects(query(), { message: THROWN });
    assert.equal(pool.stats().inUse, 1);
    assert.ok(await collectUntil(() => pool.stats().inUse === 0));
    isArmed = false;
    await query();
    // One that lies idle is not forgotten.
    const { opened } = pool.stats().total;
    let rounds = 0;
    await collectUntil(() => rounds++ > 1);
    await query();
    assert.equal(pool.stats().total.opened, opened);
  });
});

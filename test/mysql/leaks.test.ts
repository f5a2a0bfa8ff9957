import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { drizzle } from 'drizzle-orm/mysql2';
import { knex } from 'knex';
import { autoCloseDb } from 'node-mysqlpool';
import { createPool as createDrizzlePool } from 'node-mysqlpool/drizzle';
import { MysqlPoolClient } from 'node-mysqlpool/knex';
import { createPool as createFacadePool } from 'node-mysqlpool/mysql2/promise';
import type { AnyPool, PoolEventName, PoolEvents } from 'node-mysqlpool/pool';
import 'node-mysqlpool/sequelize';
import { mysqlpool } from 'node-mysqlpool/typeorm';
import { Sequelize } from 'sequelize';
import { DataSource } from 'typeorm';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { databaseFor, poolOn } from './support.js';

const LEAKY = { leakThreshold: 100 };

/** Records an event of all pools of the process from now on. */
function hear<K extends PoolEventName>(t: TestContext, event: K): ({ readonly pool: AnyPool } & PoolEvents[K])[] {
  const heard: ({ readonly pool: AnyPool } & PoolEvents[K])[] = [];
  const note = (message: unknown): void => void heard.push(message as (typeof heard)[number]);
  subscribe(`mysqlpool:${event}`, note);
  t.after(() => unsubscribe(`mysqlpool:${event}`, note));
  return heard;
}

/** Waits for the next recorded event and removes it. */
const next = async <T>(heard: T[]): Promise<T> => (await until(() => heard.shift()))!;

/** A line of this file, in a function of that name. */
const lineOf = (name: string): RegExp => new RegExp(String.raw`${name} \(.*leaks\.test\.[jt]s:\d+:\d+\)$`);

eachServer('a loan that is out for too long', (_, getServer) => {
  it('is reported with its place, its label and what it ran last, and again when it comes back', async (t) => {
    const { url } = await databaseFor(t, await getServer());
    const [suspected, ended] = [hear(t, 'leakSuspected'), hear(t, 'leakEnded')];
    const pool = poolOn(t, url, LEAKY);
    async function report(): ReturnType<typeof pool.acquire> {
      const lease = await pool.acquire();
      await lease.query("INSERT INTO t VALUES (1, 'secret')");
      await lease.execute('SELECT v FROM t WHERE v = ?', ['secret']);
      return lease;
    }
    await autoCloseDb.label('upload').run(async () => {
      await report();
      const leak = await next(suspected);
      assert.equal(leak.pool, pool);
      assert.deepEqual([leak.loan, leak.connection, leak.label], [1, 1, 'upload']);
      assert.ok(leak.held >= 100);
      assert.match(leak.callSite!, lineOf('report'));
      assert.match(leak.takenAt, /report .*leaks\.test/);
      assert.deepEqual(leak.recent, ['SELECT v FROM t WHERE v = ?', 'INSERT INTO t VALUES (?, ?)']);
      const [loan] = pool.borrowers().loans;
      assert.deepEqual([loan?.callSite, loan?.recent], [leak.callSite, leak.recent]);
      assert.equal(ended.length, 0);
    });
    const { loan, label, reclaimed, held } = await next(ended);
    assert.deepEqual([loan, label, reclaimed], [1, 'upload', false]);
    assert.ok(held >= 100);
  });

  it('shows the line of the program, also behind an ORM', async (t) => {
    const server = await getServer();
    const { url, name } = await databaseFor(t, server);
    const { kind, host, port, user, password } = server;
    const suspected = hear(t, 'leakSuspected');
    const shows = async (label: string, line: string, take: () => Promise<() => unknown>): Promise<void> => {
      const giveBack = await take();
      const leak = await next(suspected);
      assert.equal(leak.label, label);
      assert.match(leak.callSite ?? '', lineOf(line));
      await giveBack();
    };

    const facade = createFacadePool({ uri: url, ...LEAKY });
    t.after(() => facade.end());
    await shows('mysql2', 'ofFacade', async function ofFacade() {
      const connection = await facade.getConnection();
      return () => connection.release();
    });

    const source = new DataSource({
      type: kind, driver: mysqlpool, host, port, username: user, password, database: name, extra: LEAKY,
    }); // prettier-ignore
    await source.initialize();
    t.after(() => source.destroy());
    await shows('typeorm', 'ofTypeorm', async function ofTypeorm() {
      const runner = source.createQueryRunner();
      await runner.connect();
      return () => runner.release();
    });

    const db = knex({ client: MysqlPoolClient, connection: url, pool: { mysqlpool: LEAKY } });
    t.after(() => db.destroy());
    await shows('knex', 'ofKnex', async function ofKnex() {
      const trx = await db.transaction();
      return () => trx.rollback();
    });

    const sequelize = new Sequelize(name, user, password, {
      dialect: 'mysql', host, port, pool: { mysqlpool: LEAKY }, logging: false,
    }); // prettier-ignore
    t.after(() => sequelize.close());
    await shows('sequelize', 'ofSequelize', async function ofSequelize() {
      const transaction = await sequelize.transaction();
      return () => transaction.rollback();
    });

    const pool = createDrizzlePool({ uri: url, ...LEAKY });
    t.after(() => pool.mysqlpool.close());
    let end = (): void => undefined;
    await shows('drizzle', 'ofDrizzle', async function ofDrizzle() {
      const work = drizzle({ client: pool }).transaction(() => new Promise<void>((resolve) => (end = resolve)));
      return () => (end(), work);
    });
  });
});

import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { knex } from 'knex';
import { Kysely, MysqlDialect, sql } from 'kysely';
import type { MysqlPool } from 'node-mysqlpool';
import { MysqlPoolClient } from 'node-mysqlpool/knex';
import { createPool as createKyselyPool } from 'node-mysqlpool/kysely';
import { createPool as createFacadePool } from 'node-mysqlpool/mysql2/promise';
import type { AnyPool, CloseReason } from 'node-mysqlpool/pool';
import { mysqlpool } from 'node-mysqlpool/typeorm';
import { DataSource } from 'typeorm';
import { collectUntil } from '../support/garbage.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { databaseFor, idOf, one, poolOn } from './support.js';

// A leakThreshold makes the pool watch leases; it is too long for a leak to be suspected within the test.
const WATCHED = { leakThreshold: 600_000, maxSize: 1 };

/** Records the reasons for which connections of the pool are closed from now on. */
function closings(t: TestContext, pool: AnyPool): CloseReason[] {
  const reasons: CloseReason[] = [];
  t.after(pool.on('closed', ({ reason }) => void reasons.push(reason)));
  return reasons;
}

eachServer('a lease that the garbage collector takes', (_, getServer) => {
  it('is missed: its connection is closed, also on the server, and whoever waits is served', async (t) => {
    const server = await getServer();
    const pool = poolOn(t, server, WATCHED);
    const reasons = closings(t, pool);
    const ended: boolean[] = [];
    pool.on('leakEnded', ({ reclaimed }) => ended.push(reclaimed));
    const lose = async (): Promise<number> => idOf(await pool.acquire({ label: 'forgetful' }));
    const id = await lose();
    const next = pool.query('SELECT 1');
    assert.ok(await collectUntil(() => reasons.length > 0), 'nobody has missed it');
    await next;
    assert.deepEqual([reasons, ended], [['leaked'], [true]]);
    const left = async (): Promise<unknown[]> =>
      server.admin(`SELECT ID FROM information_schema.PROCESSLIST WHERE ID = ${id}`);
    await until(async () => (await left()).length === 0);
  });

  /** Checks that a connection in use is not reclaimed when garbage is collected. */
  async function survives(t: TestContext, pool: AnyPool, take: () => Promise<() => Promise<number>>): Promise<void> {
    const reasons = closings(t, pool);
    const ask = await take();
    const first = await ask();
    assert.equal(await collectUntil(() => reasons.length > 0), false);
    assert.equal(await ask(), first);
    assert.deepEqual([reasons, pool.stats().inUse], [[], 1]);
  }

  it('is not there to take while a transaction, a stream or a statement is under way', async (t) => {
    const { url } = await databaseFor(t, await getServer());
    const pool = poolOn(t, url, WATCHED);
    let end = (): void => undefined;
    await survives(t, pool, async () => {
      const tx = await new Promise<Parameters<Parameters<MysqlPool['transaction']>[0]>[0]>((resolve, reject) => {
        pool.transaction((begun) => new Promise<void>((done) => (resolve(begun), (end = done)))).catch(reject);
      });
      return () => idOf(tx as never);
    });
    end();
    await until(() => pool.stats().inUse === 0);

    const rows = "SELECT 1 AS n UNION ALL SELECT REPEAT('x', 100000) UNION ALL SELECT 3";
    const lose = async (): Promise<AsyncGenerator> =>
      (await pool.acquire()).stream(rows, undefined, { highWaterMark: 1 });
    const reasons = closings(t, pool);
    const read = async (): Promise<number> => {
      const stream = await lose();
      await stream.next();
      assert.equal(await collectUntil(() => reasons.length > 0), false);
      let left = 0;
      for await (const row of stream) left += Object.keys(row as object).length;
      return left;
    };
    assert.equal(await read(), 2);
    assert.ok(await collectUntil(() => reasons.length > 0), 'when it has ended, nobody has the lease');
    const sleep = async (): Promise<number> => Number((await one(await pool.acquire(), 'SELECT SLEEP(0.3) AS n'))['n']);
    const before = reasons.length;
    const [slept] = await Promise.all([sleep(), collectUntil(() => reasons.length > before)]);
    assert.equal(slept, 0);
  });

  it('is not there to take while somebody has a connection with the interface of mysql2', async (t) => {
    const facade = createFacadePool({ uri: (await getServer()).url(), ...WATCHED });
    t.after(() => facade.pool.mysqlpool.close({ timeout: 0 }));
    await survives(t, facade.pool.mysqlpool, async () => {
      const connection = await facade.getConnection();
      return async () => {
        const [rows] = await connection.query('SELECT CONNECTION_ID() AS id');
        return (rows as { id: number }[])[0]!.id;
      };
    });
  });

  it('is not there to take while an ORM has a connection', async (t) => {
    const server = await getServer();
    const { url, name } = await databaseFor(t, server);
    const { kind, host, port, user, password } = server;
    const extra = WATCHED;
    const source = new DataSource({
      type: kind, driver: mysqlpool, host, port, username: user, password, database: name, extra,
    }); // prettier-ignore
    await source.initialize();
    const { pool } = source.driver as unknown as { pool: { mysqlpool: MysqlPool } };
    t.after(() => pool.mysqlpool.close({ timeout: 0 }));
    await survives(t, pool.mysqlpool, async () => {
      const runner = source.createQueryRunner();
      await runner.connect();
      return async () => Number(((await runner.query('SELECT CONNECTION_ID() AS id')) as { id: number }[])[0]!.id);
    });

    const { maxSize: max, ...ours } = WATCHED;
    const db = knex({ client: MysqlPoolClient, connection: url, pool: { min: 0, max, mysqlpool: ours } });
    const { mysqlpool: knexPool } = db.client.pool as {
      mysqlpool: AnyPool & { close(options: object): Promise<void> };
    };
    t.after(() => knexPool.close({ timeout: 0 }));
    await survives(t, knexPool, async () => {
      const trx = await db.transaction();
      return async () => Number(((await trx.raw('SELECT CONNECTION_ID() AS id')) as [{ id: number }[]])[0][0]!.id);
    });

    const kyselyPool = createKyselyPool(url, WATCHED);
    t.after(() => kyselyPool.close({ timeout: 0 }));
    const kysely = new Kysely<unknown>({ dialect: new MysqlDialect({ pool: kyselyPool }) });
    await survives(t, kyselyPool, async () => {
      const trx = await kysely.startTransaction().execute();
      return async () => {
        const { rows } = await sql<{ id: number }>`SELECT CONNECTION_ID() AS id`.execute(trx);
        return rows[0]!.id;
      };
    });
  });
});

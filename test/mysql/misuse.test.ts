import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createPool, type MysqlPoolOptions, type Transaction } from 'node-mysqlpool';
import { eachServer } from '../support/servers/shared.js';
import { databaseFor, one, poolOn, type Rows } from './support.js';

/** Calls without type checks, as plain JavaScript makes them. */
type Untyped = Record<'query' | 'execute', (...args: unknown[]) => Promise<unknown>>;

eachServer('misuse', (_kind, getServer) => {
  it('of a statement is refused, and costs no connection', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1 });
    const { query, execute } = pool as unknown as Untyped;
    for (const [statement, got] of [
      [undefined, 'undefined'],
      [null, 'null'],
      [5, 'a number'],
      [{ sqll: 'SELECT 1' }, 'an object with sql: undefined'],
    ] as [unknown, string][]) {
      const refusal = { name: 'TypeError', message: `query: expected SQL as a text or { sql }, got ${got}` };
      await assert.rejects(query.call(pool, statement), refusal);
      await assert.rejects(execute.call(pool, statement), { message: refusal.message.replace('query', 'execute') });
    }
    assert.equal((await one(pool, 'SELECT 1 AS n'))['n'], 1);
    assert.deepEqual([pool.stats().total.opened, pool.stats().inUse], [1, 0]);
  });

  it('of a transaction without a function is refused, and nothing is borrowed or begun for it', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1, name: 'shop' });
    const refusal = { name: 'TypeError', message: 'shop: transaction: expected a function, got undefined' };
    const none = undefined as never;
    await assert.rejects(pool.transaction(none), refusal);
    assert.equal(pool.stats().total.acquired, 0);
    await pool.use(async (lease) => {
      await assert.rejects(lease.transaction(none), refusal);
      const begun = (await lease.query<Rows>("SHOW SESSION STATUS LIKE 'Com_begin'"))[0][0]!['Value'];
      assert.equal(Number(begun), 0);
    });
    await pool.transaction(async (tx) => {
      await assert.rejects(tx.transaction(none), refusal);
      await tx.transaction((inner) => inner.query('SELECT 1'));
    });
  });

  it('of names: one that is as long as a page is cut off where the server would turn it away', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1, name: 'n'.repeat(100_000) });
    await pool.query('SELECT 1');
    assert.equal(pool.name.length, 100_000);
  });

  it('of a callback is refused instead of never being answered', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1 });
    const { query } = pool as unknown as Untyped;
    const callback = (): void => undefined;
    await assert.rejects(query.call(pool, 'SELECT 1', callback), /expected values, got a function/);
    await assert.rejects(query.call(pool, 'SELECT 1', [], callback), /after the values, got a function/);
    await assert.rejects(query.call(pool, 'SELECT 1', [], 1_000), /after the values, got a number/);
    assert.equal(pool.stats().inUse, 0);
  });

  it('of the limits of a call is refused, with the nearest that is known', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1 });
    const typo = { timeuot: 5 } as object;
    const refusal = {
      code: 'POOL_OPTION',
      option: 'timeuot',
      message: /unknown option "timeuot" \(did you mean "timeout"\?\)/,
    };
    const first = (rows: AsyncIterator<unknown>): Promise<unknown> => rows.next();
    const among = async (host: Pick<Transaction, 'query' | 'execute' | 'stream'>): Promise<void> => {
      await assert.rejects(async () => host.query('SELECT 1', undefined, typo), refusal);
      await assert.rejects(async () => host.execute('SELECT 1', undefined, typo), refusal);
      await assert.rejects(async () => first(host.stream('SELECT 1', undefined, typo)), refusal);
      await assert.rejects(
        async () => first(host.stream('SELECT 1', undefined, { highwatermark: 5 } as object)),
        /did you mean "highWaterMark"/,
      );
    };
    await among(pool);
    await pool.use(among);
    await pool.transaction(among);
    await pool.transaction(among, { timeout: 60_000 });
    await assert.rejects(pool.close(typo), refusal);
    // An undefined option counts as not given; a label is accepted only by methods that borrow.
    await pool.query('SELECT 1', undefined, { timeuot: undefined, label: 'report' } as object);
    await assert.rejects(
      pool.use((lease) => lease.query('SELECT 1', undefined, { label: 'report' } as object)),
      { code: 'POOL_OPTION', option: 'label' },
    );
    for await (const row of pool.stream('SELECT 1 AS n', [], { highWaterMark: 1, label: 'report', timeout: 60_000 })) {
      assert.deepEqual({ ...(row as object) }, { n: 1 });
    }
    assert.deepEqual([pool.stats().total.opened, pool.stats().inUse], [1, 0]);
  });

  it('of a transaction option is refused, with the nearest that is known', async (t) => {
    const pool = poolOn(t, await getServer());
    await assert.rejects(
      pool.transaction(() => 1, { isolationLevel: 'serializable' } as object),
      {
        code: 'POOL_OPTION',
        message: /unknown option "isolationLevel"/,
      },
    );
    await assert.rejects(
      pool.transaction(() => 1, { readonly: true } as object),
      /did you mean "readOnly"/,
    );
  });

  it('of the size of a packet costs the connection, which nobody gets afterwards', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1 });
    const [[row]] = await pool.query<Rows>('SELECT @@max_allowed_packet AS most');
    const tooLong = 'x'.repeat(Number(row!['most']) + 1_000);
    await assert.rejects(pool.query('SELECT LENGTH(?)', [tooLong]), (error: { code?: string }) =>
      ['ER_NET_PACKET_TOO_LARGE', 'ECONNRESET', 'EPIPE', 'PROTOCOL_CONNECTION_LOST'].includes(error.code ?? ''),
    );
    assert.equal((await one(pool, 'SELECT 1 AS n'))['n'], 1);
    assert.equal(pool.stats().total.opened, 2);
  });

  it("of a loan's or a transaction's method without its object says so", async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1 });
    const call = (host: object, method: string, given: unknown): unknown =>
      (host as Untyped)[method as 'query'].call(undefined, given);
    await pool.use(async (lease) => {
      await assert.rejects(
        async () => call(lease, 'query', 'SELECT 1'),
        /^TypeError: query was called without its lease: /,
      );
      await assert.rejects(
        async () => call(lease, 'transaction', () => 1),
        /transaction was called without its lease: /,
      );
    });
    await assert.rejects(
      pool.transaction((tx) => call(tx, 'query', 'SELECT 1')),
      { name: 'TypeError', message: 'query was called without its tx: call tx.query(…), or pass on tx.query.bind(tx)' },
    );
  });

  it('of a nested transaction that nobody awaits rolls the whole back', async (t) => {
    const server = await getServer();
    const database = await databaseFor(t, server);
    const pool = poolOn(t, database.url, { maxSize: 1 });
    let nested: Promise<unknown> | undefined;
    const whole = pool.transaction(async (tx) => {
      await tx.query('INSERT INTO t (id) VALUES (1)');
      nested = tx.transaction((inner) => inner.query('INSERT INTO t (id) VALUES (2)'));
      nested.catch(() => undefined);
    });
    await assert.rejects(whole, { code: 'MYSQL_TRANSACTION_OPEN', message: /before the outer one ends$/ });
    await assert.rejects(nested!, { code: 'MYSQL_TRANSACTION_ENDED' });
    assert.deepEqual(await server.admin(`SELECT id FROM ${database.name}.t`), []);
    assert.equal((await one(pool, 'SELECT 1 AS n'))['n'], 1);
  });

  it('of an option that mysql2 throws at is told at once, and not after acquireTimeout', async (t) => {
    const server = await getServer();
    for (const [options, message] of [
      [{ charset: 'nope' }, /trying again will not help: Unknown charset 'nope'/],
      [{ ssl: 'nope' }, /trying again will not help: Unknown SSL profile 'nope'/],
    ] as [MysqlPoolOptions, RegExp][]) {
      const pool = createPool(server.url(), options);
      t.after(() => pool.close());
      await assert.rejects(pool.query('SELECT 1'), { code: 'POOL_CONNECT', message });
    }
  });
});

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ISOLATION_LEVELS, type MysqlPool, type Transaction } from 'node-mysqlpool';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { databaseFor, one, poolOn, proxyTo, type Rows, runs } from './support.js';

const ids = async (pool: MysqlPool): Promise<unknown[]> =>
  (await pool.query<Rows>('SELECT id FROM t ORDER BY id'))[0].map((row) => row['id'] as unknown);
const add = (tx: Transaction, id: number): Promise<unknown> => tx.query('INSERT INTO t VALUES (?, ?)', [id, 'x']);

/** How many rows of another transaction a reader sees: before that transaction's commit, and after it. */
const EXPECTED = {
  'read uncommitted': [1, 1],
  'read committed': [0, 1],
  'repeatable read': [0, 0],
  serializable: ['blocked', 1],
};

const isBlocked = (work: Promise<unknown>): Promise<string> =>
  Promise.race([work.then(() => 'done'), new Promise<string>((resolve) => setTimeout(() => resolve('blocked'), 200))]);

eachServer('transactions', (_kind, getServer) => {
  it('commits when its function returns, and answers what that returns', async (t) => {
    const database = await databaseFor(t, await getServer());
    const pool = poolOn(t, database.url, { maxSize: 1 });
    const result = await pool.transaction(async (tx) => {
      await add(tx, 1);
      await tx.execute('INSERT INTO t VALUES (?, ?)', [2, 'y']);
      const rows = [];
      for await (const row of tx.stream('SELECT id FROM t')) rows.push(row);
      return rows.length;
    });
    assert.equal(result, 2);
    assert.deepEqual(await ids(pool), [1, 2]);
  });

  it('rolls back when its function throws, and throws just that', async (t) => {
    const database = await databaseFor(t, await getServer());
    const pool = poolOn(t, database.url, { maxSize: 1 });
    const failure = new Error('no');
    const work = async (tx: Transaction): Promise<void> => {
      await add(tx, 1);
      throw failure;
    };
    await assert.rejects(pool.transaction(work), (error) => error === failure);
    const sync = (): never => {
      throw failure;
    };
    await assert.rejects(pool.transaction(sync), (error) => error === failure);
    assert.deepEqual(await ids(pool), []);
    assert.deepEqual([pool.stats().inUse, pool.stats().total.opened], [0, 1]);
  });

  it('nests by savepoints', async (t) => {
    const database = await databaseFor(t, await getServer());
    const pool = poolOn(t, database.url, { maxSize: 1 });
    await pool.transaction(async (tx) => {
      await add(tx, 1);
      await tx.transaction(async (inner) => {
        await add(inner, 2);
        const failing = inner.transaction(async (innermost) => {
          await add(innermost, 3);
          throw new Error('only this');
        });
        await assert.rejects(failing, /only this/);
      });
      await assert.rejects(
        tx.transaction((inner) => add(inner, 1)),
        { code: 'ER_DUP_ENTRY' },
      );
      await tx.transaction((inner) => add(inner, 4));
    });
    assert.deepEqual(await ids(pool), [1, 2, 4]);
  });

  it('refuses a second nested one beside the first, and a second one on the same connection', async (t) => {
    const database = await databaseFor(t, await getServer());
    const pool = poolOn(t, database.url, { maxSize: 1 });
    await pool.transaction(async (tx) => {
      const first = tx.transaction((inner) => add(inner, 1));
      await assert.rejects(
        tx.transaction(() => undefined),
        { code: 'MYSQL_TRANSACTION_OPEN' },
      );
      await first;
    });
    await using lease = await pool.acquire();
    await lease.query('BEGIN');
    await assert.rejects(
      lease.transaction(() => undefined),
      { code: 'MYSQL_TRANSACTION_OPEN' },
    );
    await lease.query('COMMIT');
    await lease.transaction((tx) => add(tx, 2));
    assert.equal((await one(lease, 'SELECT COUNT(*) AS n FROM t'))['n'], 2);
  });

  it('cannot be used after its end', async (t) => {
    const database = await databaseFor(t, await getServer());
    const pool = poolOn(t, database.url, { maxSize: 1 });
    let kept: Transaction | undefined;
    await pool.transaction((tx) => void (kept = tx));
    const ended = { code: 'MYSQL_TRANSACTION_ENDED' };
    assert.equal(kept!.active, false);
    await assert.rejects(kept!.query('SELECT 1'), ended);
    await assert.rejects(kept!.execute('SELECT 1'), ended);
    await assert.rejects(
      kept!.transaction(() => undefined),
      ended,
    );
    assert.throws(() => kept!.connection, ended);
  });

  it('has the isolation asked for, for itself alone', async (t) => {
    const database = await databaseFor(t, await getServer());
    const pool = poolOn(t, database.url, { maxSize: 1 });
    await pool.query("INSERT INTO t VALUES (1, 'x')");
    const other = poolOn(t, database.url);
    for (const isolation of [undefined, ...ISOLATION_LEVELS]) {
      const seen = await pool.transaction(
        async (tx) => {
          const look = async (): Promise<number> =>
            Number((await tx.query<Rows>('SELECT COUNT(*) AS n FROM t'))[0][0]!['n']);
          const first = await look();
          const writing = other.transaction(async (writer) => {
            await add(writer, 100);
            const uncommitted = isolation === 'serializable' ? first : await look();
            return uncommitted;
          });
          // A serializable reader locks what it reads, so that the writer waits until the reader's transaction ends.
          if (isolation === 'serializable') return [await isBlocked(writing), first];
          const uncommitted = await writing;
          return [uncommitted - first, (await look()) - first];
        },
        { isolation },
      );
      await other.query('DELETE FROM t WHERE id = 100');
      assert.deepEqual(seen, EXPECTED[isolation ?? 'repeatable read'], isolation);
    }
    await assert.rejects(
      pool.transaction(() => undefined, { isolation: 'serialisable' as 'serializable' }),
      /option "isolation".*did you mean "serializable"/,
    );
  });

  it('refuses to write when it is read-only, which evicts nobody', async (t) => {
    const database = await databaseFor(t, await getServer());
    const pool = poolOn(t, database.url, { maxSize: 1 });
    let evicted = 0;
    pool.on('evicted', () => evicted++);
    await assert.rejects(
      pool.transaction((tx) => add(tx, 1), { readOnly: true }),
      { errno: 1792 },
    );
    await pool.transaction((tx) => add(tx, 2));
    assert.deepEqual(await ids(pool), [2]);
    assert.equal(evicted, 0);
  });

  it('is tried again after a deadlock', async (t) => {
    const database = await databaseFor(t, await getServer());
    const pool = poolOn(t, database.url, { maxSize: 2 });
    await pool.query("INSERT INTO t VALUES (1, ''), (2, '')");
    let attempts = 0;
    let met = 0;
    let meet = (): void => undefined;
    const both = new Promise<void>((resolve) => (meet = resolve));
    const update = (first: number, second: number): Promise<void> =>
      pool.transaction(
        async (tx) => {
          attempts++;
          await tx.query("UPDATE t SET v = CONCAT(v, 'x') WHERE id = ?", [first]);
          if (++met === 2) meet();
          await both;
          await tx.query("UPDATE t SET v = CONCAT(v, 'x') WHERE id = ?", [second]);
        },
        { retry: 5 },
      );
    await Promise.all([update(1, 2), update(2, 1)]);
    assert.ok(attempts > 2, `${attempts} attempts`);
    const [rows] = await pool.query('SELECT v FROM t');
    assert.deepEqual(rows, [{ v: 'xx' }, { v: 'xx' }]);
  });

  it('runs nothing outside of it after a deadlock that its function has swallowed', async (t) => {
    const database = await databaseFor(t, await getServer());
    const pool = poolOn(t, database.url, { maxSize: 3 });
    await pool.query("INSERT INTO t VALUES (1, ''), (2, '')");
    let met = 0;
    let meet = (): void => undefined;
    const both = new Promise<void>((resolve) => (meet = resolve));
    const outcomes = await Promise.allSettled(
      [
        [1, 2, 11],
        [2, 1, 12],
      ].map(([first, second, mark]) =>
        pool.transaction(async (tx) => {
          await tx.query("UPDATE t SET v = 'x' WHERE id = ?", [first!]);
          if (++met === 2) meet();
          await both;
          const swallowed = await tx
            .query("UPDATE t SET v = 'x' WHERE id = ?", [second!])
            .catch((error: unknown) => error);
          if (swallowed instanceof Error) await assert.rejects(add(tx, mark!), { code: 'MYSQL_TRANSACTION_LOST' });
          else await add(tx, mark!);
        }),
      ),
    );
    assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    const reasons = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason as { errno: number }] : [],
    );
    assert.deepEqual(
      reasons.map(({ errno }) => errno),
      [1213],
    );
    assert.equal((await ids(pool)).length, 3);
  });

  it('fails whole when its connection is lost: nothing more of it runs, on this connection or on another', async (t) => {
    const server = await getServer();
    const database = await databaseFor(t, server);
    const pool = poolOn(t, database.url, { maxSize: 2 });
    let late: unknown;
    const work = async (tx: Transaction): Promise<void> => {
      await add(tx, 1);
      const [[row]] = await tx.query<Rows>('SELECT CONNECTION_ID() AS id');
      await server.admin(`KILL ${Number(row!['id'])}`);
      await assert.rejects(add(tx, 2), { fatal: true });
      late = await tx.transaction((inner) => add(inner, 3)).catch((error: unknown) => error);
      await assert.rejects(add(tx, 4));
    };
    await assert.rejects(pool.transaction(work), (error: Error & { code?: string }) => {
      assert.match(String(error.code), /MYSQL_|PROTOCOL_CONNECTION_LOST|ER_CONNECTION_KILLED|ECONNRESET/);
      return true;
    });
    assert.ok(late instanceof Error);
    assert.deepEqual(await ids(pool), []);
    await pool.transaction((tx) => add(tx, 5));
    assert.deepEqual([await ids(pool), pool.stats().inUse], [[5], 0]);
  });

  it('says that it does not know when the connection is lost in COMMIT', async (t) => {
    const server = await getServer();
    const database = await databaseFor(t, server);
    await using proxy = await proxyTo(server);
    const pool = poolOn(t, proxy.url(database.url), { maxSize: 1 });
    const work = async (tx: Transaction): Promise<void> => {
      await add(tx, 1);
      proxy.blackhole();
      setImmediate(() => proxy.cut());
    };
    await assert.rejects(pool.transaction(work), (error: { code: string; cause: { code: string } }) => {
      assert.equal(error.code, 'MYSQL_COMMIT_UNKNOWN');
      assert.match(error.cause.code, /ECONNRESET|PROTOCOL_CONNECTION_LOST|EPIPE/);
      return true;
    });
  });

  it('does not know either when the pool is closed during COMMIT', async (t) => {
    const server = await getServer();
    const database = await databaseFor(t, server);
    await using proxy = await proxyTo(server);
    const pool = poolOn(t, proxy.url(database.url), { maxSize: 1 });
    const running = pool.transaction(async (tx) => {
      await add(tx, 1);
      proxy.blackhole();
      // Runs after COMMIT was sent.
      setImmediate(() => void pool.close({ timeout: 0 }));
    });
    await assert.rejects(running, { code: 'MYSQL_COMMIT_UNKNOWN' });
  });

  it('ends within a second of its limit when nobody answers its COMMIT, at once when it is its ROLLBACK', async (t) => {
    const server = await getServer();
    const database = await databaseFor(t, server);
    for (const end of ['commits', 'throws'] as const) {
      await using proxy = await proxyTo(server);
      const pool = poolOn(t, proxy.url(database.url), { maxSize: 1 });
      const controller = new AbortController();
      const work = async (tx: Transaction): Promise<void> => {
        await add(tx, 1);
        proxy.blackhole();
        // Runs after COMMIT or ROLLBACK was sent.
        setImmediate(() => controller.abort(new Error('stop')));
        if (end === 'throws') throw new Error('no');
      };
      const started = performance.now();
      const running = pool.transaction(work, { signal: controller.signal });
      await assert.rejects(running, end === 'commits' ? { code: 'MYSQL_COMMIT_UNKNOWN' } : { message: 'no' });
      if (end === 'throws') assert.ok(performance.now() - started < 900);
      await until(() => pool.stats().total.closed === 1);
    }
  });

  it('can be followed by another on the same lease while its ROLLBACK is under way', async (t) => {
    const server = await getServer();
    const database = await databaseFor(t, server);
    const pool = poolOn(t, database.url, { maxSize: 2 });
    await using lease = await pool.acquire();
    const slow = lease.transaction(
      async (tx) => {
        await add(tx, 1);
        await tx.query('SELECT SLEEP(60)');
      },
      { timeout: 100 },
    );
    await assert.rejects(slow, { code: 'MYSQL_QUERY_TIMEOUT' });
    await lease.transaction((tx) => add(tx, 2));
    assert.deepEqual(await ids(pool), [2]);
    assert.equal(pool.stats().total.closed, 0);
  });

  it('ends by its signal or timeout: what runs is stopped, and rolled back', async (t) => {
    const server = await getServer();
    const database = await databaseFor(t, server);
    const pool = poolOn(t, database.url, { maxSize: 2 });
    const controller = new AbortController();
    let late: Promise<unknown> | undefined;
    const work = async (tx: Transaction): Promise<void> => {
      await add(tx, 1);
      await tx.query('SELECT SLEEP(60), "in a transaction"').catch(() => undefined);
      late = tx.query('SELECT 1').catch((error: unknown) => error);
      await late;
    };
    const running = pool.transaction(work, { signal: controller.signal });
    await runs(server, 'in a transaction');
    controller.abort(new Error('stop'));
    await assert.rejects(running, /stop/);
    assert.equal(((await late) as { code: string }).code, 'MYSQL_TRANSACTION_ENDED');
    await assert.rejects(pool.transaction(work, { timeout: 100 }), { code: 'MYSQL_QUERY_TIMEOUT' });
    assert.deepEqual(await ids(pool), []);
    assert.equal(pool.stats().inUse, 0);
  });
});

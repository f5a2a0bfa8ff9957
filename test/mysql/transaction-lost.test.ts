import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { MysqlLease, MysqlPool, Transaction } from 'node-mysqlpool';
import { eachServer } from '../support/servers/shared.js';
import { databaseFor, poolOn } from './support.js';
import { add, caught, ids, LOST, poolWithTwo } from './transaction-support.js';

/** Runs two transactions into a deadlock. The statement `lose` fails in the one that the server rolls back. */
async function deadlock(pool: MysqlPool, work: (tx: Transaction, lose: () => Promise<unknown>) => Promise<unknown>) {
  let met = 0;
  let meet = (): void => undefined;
  const both = new Promise<void>((resolve) => (meet = resolve));
  const run = (first: number, second: number): Promise<unknown> =>
    pool.transaction(async (tx) => {
      await tx.query("UPDATE t SET v = CONCAT(v, 'x') WHERE id = ?", [first]);
      if (++met === 2) meet();
      await both;
      await work(tx, () => tx.query("UPDATE t SET v = CONCAT(v, 'x') WHERE id = ?", [second]));
    });
  return Promise.allSettled([run(1, 2), run(2, 1)]);
}

const failures = (outcomes: readonly PromiseSettledResult<unknown>[]): { code?: string; errno?: number }[] =>
  outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as { errno?: number }] : []));

eachServer('a transaction that the server has ended', (_kind, getServer) => {
  const resets: Record<string, (tx: Transaction) => Promise<void>> = {
    'a reset': (tx) => tx.connection.promise().reset(),
    'another login': (tx) => tx.connection.promise().changeUser({}),
  };
  for (const [name, reset] of Object.entries(resets)) {
    it(`is lost with ${name} of its connection, and what comes after it is not sent`, async (t) => {
      const pool = await poolWithTwo(t, await getServer());
      const work = pool.transaction(async (tx) => {
        await add(tx, 11);
        await reset(tx);
        await add(tx, 12);
      });
      assert.equal((await caught(work)).code, 'MYSQL_TRANSACTION_LOST');
      assert.deepEqual(await ids(pool), []);
    });
  }

  it('is lost with a deadlock inside a nested one that the function around it swallows', async (t) => {
    const pool = await poolWithTwo(t, await getServer());
    let refused: unknown;
    const outcomes = await deadlock(pool, async (tx, lose) => {
      await tx.transaction(lose).catch(async () => {
        refused = await caught(add(tx, 11));
      });
    });
    assert.deepEqual(
      failures(outcomes).map(({ errno }) => errno),
      [1213],
    );
    assert.equal((refused as { code: string }).code, 'MYSQL_TRANSACTION_LOST');
    assert.deepEqual(await ids(pool), []);
  });

  it('is lost as well when it was begun by SQL, until a ROLLBACK tells that this is understood', async (t) => {
    const pool = await poolWithTwo(t, await getServer());
    await using a = await pool.acquire();
    await using b = await pool.acquire();
    const update = (lease: MysqlLease, id: number): Promise<unknown> =>
      lease.query("UPDATE t SET v = CONCAT(v, 'x') WHERE id = ?", [id]);
    await a.query('BEGIN');
    await b.beginTransaction();
    await Promise.all([update(a, 1), update(b, 2)]);
    const [ofA] = await Promise.allSettled([update(a, 2), update(b, 1)]);
    const [loser, winner] = ofA.status === 'rejected' ? [a, b] : [b, a];
    await winner.rollback();
    const insert = (): Promise<unknown> => loser.query("INSERT INTO t VALUES (11, 'x')");
    assert.equal((await caught(insert())).code, LOST.code);
    assert.equal((await caught(loser.commit())).code, LOST.code);
    assert.deepEqual(await ids(pool), []);
    await loser.rollback();
    await insert();
    assert.deepEqual(await ids(pool), [11]);
  });

  it('sends nothing of what stood in line behind the statement that failed', async (t) => {
    const pool = await poolWithTwo(t, await getServer());
    const behind: Promise<unknown>[] = [];
    const outcomes = await deadlock(pool, async (tx, lose) => {
      const losing = lose();
      const id = behind.length === 0 ? 11 : 21;
      const own = [
        add(tx, id),
        tx.execute('INSERT INTO t VALUES (?, ?)', [id + 1, 'x']),
        tx.connection.promise().query(`INSERT INTO t VALUES (${id + 2}, 'x')`),
      ];
      behind.push(...own);
      await Promise.allSettled([losing, ...own]);
    });
    const codes = failures(await Promise.allSettled(behind)).map(({ code }) => code);
    assert.deepEqual(codes, Array(3).fill(LOST.code));
    assert.deepEqual(
      failures(outcomes).map(({ errno }) => errno),
      [1213],
    );
    // All rows of the other transaction.
    assert.equal((await ids(pool)).length, 3);
  });

  it('does not seem to have been committed when nobody awaits the statement that failed', async (t) => {
    const pool = await poolWithTwo(t, await getServer());
    const outcomes = await deadlock(pool, (tx, lose) => {
      lose().catch(() => undefined);
      add(tx, tx.connection.threadId + 10).catch(() => undefined);
      return Promise.resolve();
    });
    assert.deepEqual(
      failures(outcomes).map(({ errno }) => errno),
      [1213],
    );
    assert.equal((await ids(pool)).length, 1);
  });

  it('goes on after a statement that failed alone', async (t) => {
    const pool = await poolWithTwo(t, await getServer());
    await pool.transaction(async (tx) => {
      await add(tx, 11);
      assert.equal((await caught(add(tx, 11))).code, 'ER_DUP_ENTRY');
      const inLine = [add(tx, 11), add(tx, 12), tx.query('SELECT nonsense'), add(tx, 13)];
      const settled = await Promise.allSettled(inLine);
      assert.deepEqual(
        settled.map(({ status }) => status),
        ['rejected', 'fulfilled', 'rejected', 'fulfilled'],
      );
      await assert.rejects(tx.execute('SELECT nonsense'), { errno: 1054 });
      await assert.rejects(
        tx.transaction(async (inner) => {
          await add(inner, 14);
          await add(inner, 14);
        }),
        { errno: 1062 },
      );
      await add(tx, 15);
      assert.equal(tx.active, true);
    });
    assert.deepEqual(await ids(pool), [11, 12, 13, 15]);
  });

  for (const statement of [
    'ANALYZE TABLE t',
    'CHECK TABLE t',
    'OPTIMIZE TABLE t',
    'SELECT 1; COMMIT AND CHAIN',
    'SELECT 1; REPAIR TABLE t',
  ]) {
    for (const method of ['query', 'execute'] as const) {
      if (method === 'execute' && statement !== 'ANALYZE TABLE t') continue;
      it(`refuses all that follows rows of a statement that commits: ${method} ${statement}`, async (t) => {
        const database = await databaseFor(t, await getServer());
        const pool = poolOn(t, database.url, { multipleStatements: true });
        const work = pool.transaction(async (tx) => {
          await add(tx, 11);
          const inLine = [tx[method](statement), add(tx, 12)];
          await Promise.allSettled(inLine);
          assert.equal((await caught(add(tx, 13))).code, LOST.code);
          assert.equal(tx.active, false);
        });
        assert.equal((await caught(work)).code, LOST.code);
        assert.deepEqual(await ids(pool), [11]);
      });
    }
  }

  it('goes on after rows of a statement that commits nothing', async (t) => {
    const pool = await poolWithTwo(t, await getServer());
    const work = pool.transaction(async (tx) => {
      await add(tx, 11);
      await tx.query('CHECKSUM TABLE t');
      await add(tx, 12);
      throw new Error('undo');
    });
    assert.equal((await caught(work)).message, 'undo');
    assert.deepEqual(await ids(pool), []);
  });

  for (const statement of [
    'CREATE TABLE other (a INT)',
    'COMMIT',
    'ROLLBACK',
    'BEGIN',
    'START TRANSACTION',
    'COMMIT AND CHAIN',
    '/* by hand */ ROLLBACK WORK',
    'LOCK TABLES t WRITE',
  ]) {
    for (const depth of ['outside', 'nested'] as const) {
      it(`refuses all that follows ${statement}, ${depth}`, async (t) => {
        const pool = await poolWithTwo(t, await getServer());
        const refused: { code?: string; message: string }[] = [];
        const end = async (tx: Transaction): Promise<void> => {
          const raw = tx.connection.promise();
          await tx.query(statement);
          assert.equal(tx.active, false);
          assert.throws(() => tx.connection, LOST);
          refused.push(await caught(add(tx, 12)), await caught(raw.query('SELECT 1')));
        };
        const work = async (tx: Transaction): Promise<void> => {
          await add(tx, 11);
          if (depth === 'outside') await end(tx);
          else await tx.transaction(end).catch(() => undefined);
          refused.push(await caught(add(tx, 13)));
        };
        let runs = 0;
        const error = await caught(pool.transaction((tx) => (runs++, work(tx)), { retry: 3 }));
        assert.deepEqual([...new Set([error, ...refused].map(({ code }) => code))], [LOST.code]);
        assert.equal(refused.length, 3);
        assert.match(error.message, /has ended the transaction; what came before may be committed/);
        assert.equal(runs, 1);
        const kept = await ids(pool);
        assert.ok(kept.length === 0 || kept.join() === '11', String(kept));
      });
    }
  }

  it('does not send what stood in line behind a statement that commits', async (t) => {
    const pool = await poolWithTwo(t, await getServer());
    const work = (tx: Transaction): Promise<unknown> =>
      Promise.all([add(tx, 11), tx.query('CREATE TABLE other (a INT)'), add(tx, 12), tx.execute('DELETE FROM t')]);
    await assert.rejects(pool.transaction(work), LOST);
    assert.deepEqual(await ids(pool), [11]);
  });

  it('is not run again when a statement that failed had committed what came before', async (t) => {
    const pool = await poolWithTwo(t, await getServer());
    let attempts = 0;
    const work = async (tx: Transaction): Promise<void> => {
      attempts++;
      await add(tx, 10 + attempts);
      await tx.query('CREATE TABLE t (a INT)').catch((cause: unknown) => {
        throw Object.assign(new Error('looks like a lost race', { cause }), { errno: 1213 });
      });
    };
    await assert.rejects(pool.transaction(work, { retry: 3 }), { errno: 1213 });
    assert.deepEqual([attempts, await ids(pool)], [1, [11]]);
  });

  it('can be followed by another one on the same lease', async (t) => {
    const pool = await poolWithTwo(t, await getServer());
    await using lease = await pool.acquire();
    for (const statement of ['BEGIN', 'COMMIT', 'CREATE TABLE other (a INT)']) {
      await assert.rejects(
        lease.transaction((tx) => tx.query(statement)),
        LOST,
      );
    }
    await lease.transaction((tx) => tx.query("INSERT INTO t VALUES (20, '')"));
    // A transaction that is begun by SQL is not watched.
    await lease.query('BEGIN');
    await lease.query('CREATE TABLE another (a INT)');
    await lease.query("INSERT INTO t VALUES (21, '')");
    assert.deepEqual(await ids(pool), [20, 21]);
  });

  it('notices when a procedure has replaced it under a nested one', async (t) => {
    const pool = await poolWithTwo(t, await getServer());
    await pool.query('CREATE PROCEDURE p() BEGIN COMMIT; START TRANSACTION; END');
    for (const end of ['returns', 'throws'] as const) {
      const work = async (tx: Transaction): Promise<void> => {
        await tx
          .transaction(async (inner) => {
            await inner.query('CALL p()');
            await add(inner, 11);
            if (end === 'throws') throw new Error('no');
          })
          .catch(() => undefined);
        await assert.rejects(add(tx, 12), LOST);
      };
      const error = await caught(pool.transaction(work));
      assert.equal(error.code, LOST.code);
      assert.match(error.message, /a savepoint of the transaction is gone/);
    }
    assert.deepEqual(await ids(pool), []);
  });

  it('releases the savepoints of nested ones that succeed', async (t) => {
    const pool = await poolWithTwo(t, await getServer());
    await pool.transaction(async (tx) => {
      await tx.transaction((inner) => add(inner, 11));
      await assert.rejects(tx.query('ROLLBACK TO SAVEPOINT mysqlpool_1'), { errno: 1305 });
    });
    assert.deepEqual(await ids(pool), [11]);
  });
});

// The API on the server that MYSQLPOOL_CONSUMER_URL names, in whatever runtime this is.
import assert from 'node:assert/strict';
import { AcquireTimeoutError, autoCloseDb, createPool, LeaseEndedError, QueryTimeoutError } from 'node-mysqlpool';

const pool = createPool(process.env.MYSQLPOOL_CONSUMER_URL, { maxSize: 4 });
const table = `runtime_${process.pid}`;

async function statements() {
  const [rows] = await pool.query('SELECT ? + 1 AS n', [41]);
  assert.equal(Number(rows[0].n), 42);
  const [prepared] = await pool.execute('SELECT ? AS word', ['tea']);
  assert.equal(prepared[0].word, 'tea');
  const streamed = [];
  const three = 'SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3';
  for await (const { n } of pool.stream(three)) {
    streamed.push(Number(n));
    if (streamed.length === 2) break;
  }
  assert.deepEqual(streamed, [1, 2]);
}

async function transactions() {
  await pool.query(`CREATE TABLE ${table} (id INT PRIMARY KEY)`);
  await pool.transaction((tx) => tx.query(`INSERT INTO ${table} VALUES (1)`));
  const failure = new Error('roll back');
  const failing = pool.transaction(async (tx) => {
    await tx.query(`INSERT INTO ${table} VALUES (2)`);
    throw failure;
  });
  await assert.rejects(failing, failure);
  const [kept] = await pool.query(`SELECT id FROM ${table}`);
  assert.deepEqual(
    kept.map(({ id }) => id),
    [1],
  );
  await pool.query(`DROP TABLE ${table}`);
}

/** A function that gives nothing back, and leaves a variable behind; the statement before it ran in its own context. */
async function scope() {
  let kept;
  const forgetful = autoCloseDb(async () => {
    await pool.query('SELECT 1');
    kept = await pool.acquire();
    await kept.query('SET @left = 1');
  });
  await forgetful();
  assert.throws(() => kept.connection, LeaseEndedError);
  const left = await Promise.all(Array.from({ length: 8 }, () => pool.query('SELECT @left AS variable')));
  for (const [[row]] of left) assert.equal(row.variable, null);
}

async function limits() {
  const slow = await pool.query('SELECT SLEEP(30)', [], { timeout: 100 }).catch((error) => error);
  assert.ok(slow instanceof QueryTimeoutError, String(slow));
  const leases = await Promise.all(Array.from({ length: 4 }, () => pool.acquire()));
  const late = await pool.acquire({ timeout: 20 }).catch((error) => error);
  assert.ok(late instanceof AcquireTimeoutError, String(late));
  for (const lease of leases) lease.release();
}

async function crowd() {
  const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => pool.query('SELECT ? AS n', [i])));
  assert.deepEqual(
    answers.map(([[row]]) => Number(row.n)),
    Array.from({ length: 200 }, (_, i) => i),
  );
  assert.ok(pool.stats().size <= 4);
  assert.equal(pool.stats().inUse, 0);
}

await statements();
await transactions();
await scope();
await limits();
await crowd();
await pool.close();
console.log('ok');

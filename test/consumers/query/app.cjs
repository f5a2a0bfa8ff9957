// The MySQL pool against the real server that MYSQLPOOL_CONSUMER_URL names.
const assert = require('node:assert/strict');
const { autoCloseDb, createPool, LeaseEndedError, PoolError } = require('node-mysqlpool');

async function work(pool) {
  const [rows] = await pool.query('SELECT ? + 1 AS n', [41]);
  assert.equal(Number(rows[0].n), 42);
  const [prepared] = await pool.execute('SELECT ? AS word', ['tea']);
  assert.equal(prepared[0].word, 'tea');

  const streamed = [];
  for await (const { n } of pool.stream('SELECT 1 AS n UNION ALL SELECT 2')) streamed.push(n);
  assert.deepEqual(streamed, [1, 2]);

  const failure = new Error('roll back');
  const failing = pool.transaction(async (tx) => {
    await tx.query('SELECT 1');
    throw failure;
  });
  await assert.rejects(failing, failure);
}

/** A function that gives nothing back, and leaves a variable behind. */
async function forget(pool) {
  let kept;
  const forgetful = autoCloseDb(async () => {
    kept = await pool.acquire();
    await kept.query('SET @left = 1');
  });
  await forgetful();
  assert.throws(() => kept.connection, LeaseEndedError);
  await Promise.all(Array.from({ length: 10 }, () => pool.use((lease) => lease.query('SELECT 1'))));
  assert.ok(pool.stats().size <= 2);
  const [[row]] = await pool.query('SELECT @left AS variable');
  assert.equal(row.variable, null);
}

async function refused(uri) {
  const pool = createPool({ uri, password: 'wrong' });
  const error = await pool.query('SELECT 1').catch((reason) => reason);
  assert.ok(error instanceof PoolError);
  assert.equal(error.code, 'POOL_CONNECT');
  assert.equal(error.cause.code, 'ER_ACCESS_DENIED_ERROR');
  await pool.close();
}

async function main() {
  const uri = process.env.MYSQLPOOL_CONSUMER_URL;
  const pool = createPool(uri, { maxSize: 2 });
  await work(pool);
  await forget(pool);
  await pool.close();
  await refused(uri);
  console.log('ok');
}

void main();

// Really lends: a pool of two over a connector that keeps its "server" in memory.
const assert = require('node:assert/strict');
const { AcquireTimeoutError, LeaseEndedError, Pool } = require('node-mysqlpool/pool');

const server = { opened: 0, open: 0, cleaned: 0, most: 0 };
const connector = {
  open: async () => {
    server.open++;
    server.most = Math.max(server.most, server.open);
    return { number: ++server.opened };
  },
  ping: async () => {},
  clean: async () => void server.cleaned++,
  close: async () => {},
  destroy: () => void server.open--,
};

async function lend() {
  const pool = new Pool({ connector }, { name: 'consumer', maxSize: 2 });
  const first = await pool.acquire();
  const second = await pool.acquire();
  assert.notEqual(first.connection, second.connection);
  const tooLong = await pool.acquire({ timeout: 20 }).catch((error) => error);
  assert.ok(tooLong instanceof AcquireTimeoutError);
  assert.equal(tooLong.code, 'POOL_ACQUIRE_TIMEOUT');
  const third = pool.acquire();
  const { connection } = first;
  first.release();
  assert.equal((await third).connection, connection);
  assert.throws(() => first.connection, LeaseEndedError);
  (await third).release();
  second.release();
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => pool.use(async () => i)));
  assert.equal(answers.length, 50);
  assert.equal(pool.stats().inUse, 0);
  await pool.close();
  assert.deepEqual({ open: server.open, most: server.most }, { open: 0, most: 2 });
  assert.ok(server.cleaned >= 53, `cleaned ${server.cleaned} times`);
}

async function keepOpen() {
  // Never closed: an idle pool must not keep the process alive.
  const pool = new Pool({ connector });
  await pool.use(async () => {});
}

async function main() {
  await lend();
  await keepOpen();
  console.log('ok');
}

void main();

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { gone, idOf, poolOn, proxyTo } from './support.js';

const DIGITS = `(SELECT 0 AS n ${[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `UNION SELECT ${n}`).join(' ')})`;
const digits = (names: string): string =>
  names
    .split('')
    .map((name) => `${DIGITS} ${name}`)
    .join(', ');
const NUMBERS = `SELECT a.n * 1000 + b.n * 100 + c.n * 10 + d.n AS n, REPEAT('x', 1000) AS filler FROM ${digits('abcd')}`;
/** A billion rows, of which the first come at once: without the hint, a buffered join would first take many seconds. */
const ENDLESS = `SELECT /*+ NO_BNL() */ a.n AS n FROM ${digits('abcdefghi')}`;

eachServer('streams', (_kind, getServer) => {
  it('reads every row, then gives the connection back', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1 });
    let sum = 0;
    for await (const row of pool.stream<{ n: number }>(NUMBERS)) sum += row.n;
    assert.equal(sum, (9_999 * 10_000) / 2);
    assert.equal(pool.stats().idle, 1);
    const rows = [];
    for await (const row of pool.stream({ sql: 'SELECT ? AS a, 2 AS b', rowsAsArray: true }, [1])) rows.push(row);
    assert.deepEqual(rows, [[1, 2]]);
    assert.equal(pool.stats().total.opened, 1);
  });

  it('makes the server wait while nobody reads', async (t) => {
    const server = await getServer();
    await using proxy = await proxyTo(server);
    const pool = poolOn(t, proxy.url(server.url()), { maxSize: 2 });
    const rows = pool.stream(NUMBERS);
    await rows.next();
    let before = -1;
    // Waits until the socket buffers are full and no more data arrives.
    for (let still = 0; still < 5;) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      still = proxy.bytes.toClient === before ? still + 1 : 0;
      before = proxy.bytes.toClient;
    }
    const whole = 10_000 * 1_000;
    assert.ok(proxy.bytes.toClient < whole, `${proxy.bytes.toClient} bytes`);
    let count = 1;
    for await (const row of rows) if (row !== undefined) count++;
    assert.equal(count, 10_000);
  });

  it('is stopped on the server by a break, and its connection is used again', async (t) => {
    const server = await getServer();
    const pool = poolOn(t, server, { maxSize: 2 });
    const lease = await pool.acquire();
    const id = await idOf(lease);
    let count = 0;
    for await (const row of lease.stream(`${ENDLESS} WHERE 'broken' = 'broken'`)) {
      assert.ok(row);
      if (++count === 10) break;
    }
    await gone(server, "'broken'");
    assert.equal(await idOf(lease), id);
    lease.release();
  });

  it('is stopped by an error in the loop, which wins', async (t) => {
    const server = await getServer();
    const pool = poolOn(t, server, { maxSize: 2 });
    const loop = async (): Promise<void> => {
      for await (const row of pool.stream(`${ENDLESS} WHERE 'thrown' = 'thrown'`)) throw new Error(`at ${typeof row}`);
    };
    await assert.rejects(loop(), /at object/);
    await gone(server, "'thrown'");
    assert.equal(pool.stats().inUse, 0);
  });

  it('ends with the reason of its signal, or its timeout, also while a row is being looked at', async (t) => {
    const server = await getServer();
    const pool = poolOn(t, server, { maxSize: 2 });
    const controller = new AbortController();
    const loop = async (limits: object): Promise<void> => {
      for await (const row of pool.stream(ENDLESS, [], limits)) {
        assert.ok(row);
        if ('signal' in limits) controller.abort(new Error('enough rows'));
      }
    };
    await assert.rejects(loop({ signal: controller.signal }), /enough rows/);
    await assert.rejects(loop({ signal: controller.signal }), /enough rows/);
    await assert.rejects(loop({ timeout: 50 }), { code: 'MYSQL_QUERY_TIMEOUT' });
    // The last statement may still be being stopped, over another connection.
    await until(() => pool.stats().inUse + pool.stats().waiters === 0);
    await idOf(pool);
  });

  it('rejects with the error of the server, placed where it was asked for', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1 });
    await using lease = await pool.acquire();
    const error = await lease
      .stream('SELECT * FROM nowhere.nothing')
      .next()
      .then(
        () => undefined,
        (reason: Error & { code?: string }) => reason,
      );
    assert.match(String(error?.code), /^ER_/);
    assert.match(String(error?.stack), /stream\.test/);
    await idOf(lease);
  });

  it('ends when the connection is lost', async (t) => {
    const server = await getServer();
    await using proxy = await proxyTo(server);
    const pool = poolOn(t, proxy.url(server.url()), { maxSize: 1 });
    const loop = async (): Promise<void> => {
      for await (const row of pool.stream(ENDLESS)) {
        assert.ok(row);
        proxy.cut();
      }
    };
    await assert.rejects(loop(), (error: { code?: string }) =>
      /ECONNRESET|PROTOCOL_CONNECTION_LOST/.test(String(error.code)),
    );
    await idOf(pool);
  });

  it('needs no more listeners on the connection for many at once', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1 });
    const warnings: Error[] = [];
    const note = (warning: Error): number => warnings.push(warning);
    process.on('warning', note);
    t.after(() => process.removeListener('warning', note));
    await pool.use(async (lease) => {
      const read = async (): Promise<number> => {
        let count = 0;
        for await (const row of lease.stream('SELECT 1 AS n UNION SELECT 2')) count += row === undefined ? 0 : 1;
        return count;
      };
      const before = lease.connection.listenerCount('error');
      assert.deepEqual(await Promise.all(Array.from({ length: 30 }, read)), Array(30).fill(2));
      assert.ok(lease.connection.listenerCount('error') <= before + 1);
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(warnings, []);
  });
});

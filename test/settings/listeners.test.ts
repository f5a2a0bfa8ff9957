import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { it } from 'node:test';
import { promisify } from 'node:util';
import { closeAll, connections } from 'node-mysqlpool/settings';
import type { MysqlConnection } from '#internal/mysql/driver.js';
import { eachServer } from '../support/servers/shared.js';
import { use } from './support/settings.js';
import { databaseFor, one } from './support/servers.js';

eachServer('listeners and echo', (_, getServer) => {
  it('hear what SQLAlchemy would tell them, by either way of adding them', async (t) => {
    const entry = await databaseFor(t, await getServer());
    const told: string[] = [];
    const tell = (event: string) => () => void told.push(event);
    class Listener {
      prefix = 'object';
      checkout(): void {
        told.push(`${this.prefix} checkout`);
      }
    }
    use(t, {
      DATABASES: { default: entry },
      MYSQLPOOL_ARGUMENTS: {
        listeners: [new Listener(), { checkin: tell('checkin') }],
        events: (['first_connect', 'connect', 'checkout', 'reset', 'invalidate', 'detach', 'close'] as const).map(
          (name) => [tell(name), name],
        ),
      },
    });
    const { default: pool } = connections;
    const used = async (): Promise<string[]> => {
      await pool.use((lease) => lease.query('START TRANSACTION'));
      await pool.query('SELECT 1');
      return told.splice(0);
    };
    const loan = ['object checkout', 'checkout', 'checkin'];
    assert.deepEqual(await used(), ['first_connect', 'connect', ...loan, 'reset', ...loan]);
    (await pool.acquire()).destroy();
    assert.deepEqual(told.splice(0), [...loan, 'invalidate', 'close']);
    assert.deepEqual((await used()).slice(0, 1), ['connect'], 'first_connect comes once');
    const connection = (await pool.acquire()).detach();
    assert.deepEqual(told.splice(0), [...loan, 'detach']);
    connection.destroy();
  });

  it('give connect the new connection, and let it fail the connection', async (t) => {
    const entry = await databaseFor(t, await getServer());
    let fail = true;
    const connect = async (connection: MysqlConnection): Promise<void> => {
      if (fail) throw new Error('not this one');
      await connection.promise().query("SET @greeting = 'hello'");
    };
    use(t, { DATABASES: { default: entry }, MYSQLPOOL_ARGUMENTS: { timeout: 0.3, events: [[connect, 'connect']] } });
    await assert.rejects(connections.default.query('SELECT 1'), {
      code: 'POOL_ACQUIRE_TIMEOUT',
      message: /in the application's listener of connect: not this one/,
    });
    fail = false;
    // The pool pauses after a failure; the time-out of this call is longer than that.
    await connections.default.use((lease) => lease.query('SELECT 1'), { timeout: 10_000 });
    assert.equal((await one(connections.default, 'SELECT @greeting AS greeting'))['greeting'], 'hello');
  });

  it('write the life of connections to the console, and every loan with "debug"', async (t) => {
    const entry = await databaseFor(t, await getServer());
    const lines = async (echo: unknown): Promise<string[]> => {
      const written: string[] = [];
      const info = t.mock.method(console, 'info', (line: string) => written.push(line));
      const debug = t.mock.method(console, 'debug', (line: string) => written.push(line));
      use(t, { DATABASES: { default: entry }, MYSQLPOOL_ARGUMENTS: { echo, logging_name: 'shop' } });
      await connections.default.query('SELECT 1');
      await closeAll();
      info.mock.restore();
      debug.mock.restore();
      return written.map((line) => line.replaceAll(/\d+\.\d ms/g, '# ms'));
    };
    assert.deepEqual(await lines(false), []);
    const life = ['open', 'connection 1 opened in # ms', 'closing', 'connection 1 closed (closed)', 'closed'];
    assert.deepEqual(
      await lines(true),
      life.map((line) => `mysqlpool shop.default: ${line}`),
    );
    const loan = [
      '1 in line',
      'connection 1 is being opened',
      'connection 1 lent (loan 1, waited # ms)',
      'connection 1 came back (loan 1, held # ms)',
    ];
    const debug = await lines('debug');
    assert.deepEqual(debug.toSorted(), [...life, ...loan].map((line) => `mysqlpool shop.default: ${line}`).toSorted());
  });

  it('write everything to stderr with NODE_DEBUG=mysqlpool', async (t) => {
    const entry = await databaseFor(t, await getServer());
    const script = `
      const { connections, closeAll } = require('node-mysqlpool/settings');
      connections.default.query('SELECT 1').then(() => closeAll());`;
    const env = { ...process.env, NODE_DEBUG: 'mysqlpool', MYSQLPOOL_DATABASES: JSON.stringify({ default: entry }) };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['-e', script], { env });
    assert.equal(stdout, '');
    for (const text of [
      'connection 1 opened in',
      'connection 1 lent',
      'connection 1 came back',
      'connection 1 closed',
    ]) {
      assert.ok(stderr.includes(`mysqlpool default: ${text}`), stderr);
    }
  });
});

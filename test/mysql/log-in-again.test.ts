/** MariaDB takes a session that was reset out of its account's count: where that is a fleet's limit, it logs in again instead. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, it, type TestContext } from 'node:test';
import knexFactory from 'knex';
import type { AuthPlugin } from 'mysql2';
import { createConnection } from 'mysql2/promise';
import type { MysqlPool, MysqlPoolOptions } from 'node-mysqlpool';
import { MysqlPoolClient } from 'node-mysqlpool/knex';
import { startOwnServer, type OwnServer } from '../support/servers/index.js';
import { until } from '../support/until.js';
import { accountFor, idOf, limitedAccount, one, poolOn } from './support.js';

const LIMIT = 4;
const FLEET = { coordinator: 'none' } as const;
const FULL = 'ER_USER_LIMIT_REACHED';
const SPOIL = "SET @secret = 'A'";

/** What mysql_native_password answers, as mysql2 does. */
function nativeToken(password: string, salt: Buffer): Buffer {
  const sha1 = (...parts: Buffer[]): Buffer => createHash('sha1').update(Buffer.concat(parts)).digest();
  const once = sha1(Buffer.from(password));
  const mask = sha1(salt.subarray(0, 20), sha1(once));
  return once.map((byte, at) => byte ^ mask[at]!) as Buffer;
}

describe('a session that logs in again instead of being reset (mariadb)', () => {
  let server: OwnServer;
  before(async () => {
    server = await startOwnServer('mariadb', { tls: true, variables: { performance_schema: 'ON' } });
  });
  after(() => server[Symbol.asyncDispose]());

  let members = 0;
  const member = (t: TestContext, url: string, options: MysqlPoolOptions = {}): MysqlPool =>
    poolOn(t, url, { maxSize: 1, ping: 'never', fleet: { ...FLEET, name: `m${members++}` }, ...options });

  /** Why the server does not let one more in; undefined: it does. */
  async function knock(url: string): Promise<string | undefined> {
    try {
      const connection = await createConnection(url);
      await connection.end();
      return undefined;
    } catch (error) {
      return (error as { code: string }).code;
    }
  }

  /** The next borrower gets the same session, as new. */
  async function assertCleaned(pool: MysqlPool, closed: number = 0): Promise<void> {
    const id = await idOf(pool);
    for (let n = 0; n < 2; n++) {
      await pool.query(SPOIL);
      assert.deepEqual(await one(pool, 'SELECT @secret AS secret, CONNECTION_ID() AS id'), { secret: null, id });
    }
    assert.equal(pool.stats().total.closed, closed);
  }

  /** Sessions that the account has. Who logs in, at first or again, is not in yet. */
  const admitted = async (user: string): Promise<number> => {
    const rows = await server.admin(
      `SELECT ID FROM information_schema.PROCESSLIST
       WHERE USER = '${user}' AND COMMAND NOT IN ('Connect', 'Killed', 'Change user')`,
    );
    return rows.length;
  };

  it('is admitted as at a login: never beyond the limit, and counted from then on', async (t) => {
    const { url, user } = await limitedAccount(t, server, LIMIT);
    const pool = member(t, url, { reset: 'session', maxSize: LIMIT });
    /** All of them are reset again and again, until it is enough. */
    const work = async (enough: () => boolean): Promise<void> => {
      const worker = async (): Promise<void> => {
        while (!enough()) await pool.use((lease) => lease.query(SPOIL));
      };
      await Promise.all(Array.from({ length: LIMIT }, worker));
    };
    let rounds = 0;
    await work(() => ++rounds > 200);
    assert.equal(pool.stats().total.closed, 0);
    assert.equal(await knock(url), FULL);
    // Others come first now and then, and all are in nobody else's place.
    let [most, isOver] = [0, false];
    const working = work(() => isOver);
    for (let n = 0; n < 40; n++) {
      await knock(url);
      most = Math.max(most, await admitted(user));
    }
    isOver = true;
    await working;
    assert.ok(most <= LIMIT, `${most}`);
    const held = await Promise.all(Array.from({ length: LIMIT }, () => pool.acquire()));
    assert.equal(await knock(url), FULL);
    held.pop()!.destroy();
    await until(async () => (await knock(url)) === undefined);
    const last = await createConnection(url);
    assert.equal(await knock(url), FULL, 'one was closed, and one is let in');
    await last.end();
    for (const lease of held) lease.release();
  });

  it('is counted again when its borrower has reset it, and given up when another one was let in meanwhile', async (t) => {
    const { url } = await limitedAccount(t, server, 1);
    const pool = member(t, url);
    const id = await idOf(pool);
    await pool.use(async (lease) => new Promise((resolve) => lease.connection.reset(resolve)));
    assert.equal(await idOf(pool), id);
    assert.equal(await knock(url), FULL);
    const lease = await pool.acquire();
    await new Promise((resolve) => lease.connection.reset(resolve));
    const other = await createConnection(url);
    lease.release();
    await until(() => pool.stats().size === 0);
    assert.equal(await knock(url), FULL);
    await other.end();
    const again = await idOf(pool);
    assert.notEqual(again, id);
    await assertCleaned(pool, 1);
  });

  it('is replaced when its password is another one by now, and nobody hears of it', async (t) => {
    const { user, url } = await limitedAccount(t, server, 2);
    let password = 'secret';
    const pool = member(t, url, { password: () => password });
    const id = await idOf(pool);
    await server.admin(`ALTER USER '${user}'@'%' IDENTIFIED BY 'other'`);
    password = 'other';
    const closed: unknown[] = [];
    pool.on('closed', ({ reason, cause }) => closed.push([reason, String(cause)]));
    await pool.query(SPOIL);
    const again = await idOf(pool);
    assert.notEqual(again, id);
    assert.match(String(closed), /^unclean,.*does not let it log in again: Access denied/);
    assert.doesNotMatch(String(closed), /secret|other/);
    // It is not tried a second time: the server makes whoever it refuses wait for a second.
    await pool.query(SPOIL);
    assert.notEqual(await idOf(pool), again);
    assert.match(String(closed), /no longer counts a session that was reset$/);
  });

  it('keeps its database, its character set, its attributes and what a hook has set', async (t) => {
    const { user, url } = await limitedAccount(t, server, 2);
    await server.admin(`CREATE DATABASE d_${user}`, `GRANT ALL ON d_${user}.* TO '${user}'@'%'`);
    t.after(() => server.admin(`DROP DATABASE d_${user}`));
    const pool = member(t, `${url}/d_${user}`, {
      charset: 'utf8mb4_spanish_ci',
      connectAttributes: { what: 'é'.repeat(200), none: '' },
      onConnect: (connection) => connection.query('SET @@div_precision_increment = 7'),
    });
    const look = async (): Promise<unknown> => {
      const attributes = await server.admin(
        `SELECT ATTR_NAME AS name, ATTR_VALUE AS value FROM performance_schema.session_connect_attrs
         WHERE PROCESSLIST_ID = ${await idOf(pool)} ORDER BY ATTR_NAME`,
      );
      const row = await one(
        pool,
        `SELECT DATABASE() AS d, @@collation_connection AS c, @@character_set_results AS r, 'é' AS e,
         @@div_precision_increment AS h, @@wait_timeout AS w`,
      );
      return { ...row, attributes };
    };
    const before = await look();
    assert.match(JSON.stringify(before), /pool_name.*spanish|spanish.*pool_name/);
    await pool.use(async (lease) => {
      for (const sql of [SPOIL, 'SET NAMES latin1', 'USE information_schema']) await lease.query(sql);
    });
    assert.deepEqual(await look(), before);
    assert.equal(pool.stats().total.closed, 0);
  });

  it('forgets prepared statements, and prepares them again', async (t) => {
    const { url } = await limitedAccount(t, server, 2);
    const pool = member(t, url);
    for (let n = 0; n < 3; n++) {
      const [rows] = await pool.execute('SELECT ? + 1 AS n', [n]);
      assert.equal(Number((rows as { n: unknown }[])[0]!.n), n + 1);
      await pool.query(SPOIL);
    }
    assert.equal(pool.stats().total.closed, 0);
  });

  const WAYS: readonly (readonly [string, () => MysqlPoolOptions])[] = [
    ['over TLS', () => ({ ssl: { ca: readFileSync(server.tlsCa!, 'utf8') } })],
    ['compressed', () => ({ compress: true })],
    ['over a socket in the file system', () => ({ socketPath: server.socketPath })],
  ];
  for (const [name, options] of WAYS) {
    it(`is cleaned ${name}`, async (t) => {
      const { url } = await limitedAccount(t, server, 1);
      const pool = member(t, url, options());
      await assertCleaned(pool);
      assert.equal(await knock(url), FULL);
    });
  }

  /** An account for which the server asks for another plugin than the first one that is offered. */
  async function switchedAccount(t: TestContext): Promise<string> {
    const user = await accountFor(t, server, 'secret');
    const how = "unix_socket OR mysql_native_password USING PASSWORD('secret')";
    await server.admin(`ALTER USER '${user}'@'%' IDENTIFIED VIA ${how} WITH MAX_USER_CONNECTIONS 1`);
    return `mysql://${user}:secret@${server.host}:${server.port}`;
  }

  it('answers what the server asks for by another plugin', async (t) => {
    const url = await switchedAccount(t);
    const pool = member(t, url);
    await assertCleaned(pool);
    assert.equal(await knock(url), FULL);
  });

  it('is replaced when a plugin fails, at once or later on', async (t) => {
    for (const fails of ['at once', 'later'] as const) {
      const url = await switchedAccount(t);
      let asked = 0;
      const broken = new Error('the plugin is broken');
      const plugin: AuthPlugin = () => {
        const isBroken = ++asked % 2 === 0;
        if (isBroken && fails === 'at once') throw broken;
        return (salt) => (isBroken ? Promise.reject<Buffer>(broken) : nativeToken('secret', salt));
      };
      const pool = member(t, url, { authPlugins: { mysql_native_password: plugin } });
      const id = await idOf(pool);
      const closed: unknown[] = [];
      pool.on('closed', ({ cause }) => closed.push(cause));
      await pool.query(SPOIL);
      assert.notEqual(await idOf(pool), id);
      assert.match(String(closed), /the plugin is broken/);
    }
  });

  it('is cleaned in the pool of an ORM as well', async (t) => {
    const { url, user } = await limitedAccount(t, server, 1);
    const { host, port } = server;
    const knex = knexFactory({
      client: MysqlPoolClient,
      connection: { host, port, user, password: 'secret' },
      pool: { min: 0, max: 1, mysqlpool: { fleet: { ...FLEET, name: 'knex' } } },
    });
    t.after(() => knex.destroy());
    const look = async (): Promise<unknown> =>
      (await knex.raw('SELECT CONNECTION_ID() AS id, @secret AS secret'))[0][0];
    const before = await look();
    await knex.raw(SPOIL);
    assert.deepEqual(await look(), before);
    assert.equal(await knock(url), FULL);
  });
});

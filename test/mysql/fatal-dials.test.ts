/** Connect errors that retrying cannot cure are reported to the first caller at once. */
import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import * as mysql2 from 'mysql2';
import type { Connection } from 'mysql2';
import { knex as knexFactory } from 'knex';
import { createPool } from 'node-mysqlpool';
import { MysqlPoolClient } from 'node-mysqlpool/knex';
import { CreatorPool } from '#internal/api/creator-pool.js';
import { watchedDriver } from '#internal/mysql/watched-driver.js';
import { GREETING, packet, portOf } from './fake-server.js';

async function refusalOf(
  t: TestContext,
  options: object,
): Promise<{ code?: string; message: string; cause?: Error & Record<string, unknown> }> {
  const pool = createPool({ host: '127.0.0.1', user: 'u', password: 's3cret', acquireTimeout: 20_000, ...options });
  t.after(() => pool.close({ timeout: 0 }));
  return pool.query('SELECT 1').then(
    () => assert.fail('it was let in'),
    (error: Error) => error as never,
  );
}

describe('a dial that no second one will mend', () => {
  for (const [what, hello] of [
    ['SSH', 'SSH-2.0-OpenSSH_9.2p1\r\n'],
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'],
    ['mail', '220 mail ESMTP\r\n'],
  ] as const) {
    it(`to a port that speaks ${what}`, async (t) => {
      const port = await portOf(t, (socket) => void socket.write(hello));
      const error = await refusalOf(t, { port });
      assert.equal(error.code, 'POOL_CONNECT');
      assert.equal(error.cause?.['code'], 'PROTOCOL_NOT_MYSQL');
      assert.match(error.cause.message, new RegExp(hello.slice(0, 8)));
    });
  }

  it('to the port of the X protocol, to one that begins byte by byte, and to one that speaks no text', async (t) => {
    for (const [hello, text] of [
      ['05000000 0b08051a00', /X protocol, as port 33060 does; the other one is 3306 as a rule$/],
      [[...Buffer.from('SSH-2.0-OpenSSH')].map((byte) => byte.toString(16).padStart(2, '0')).join(' '), /"SSH-/],
      ['15030100 020228', /begins with the bytes 1503010002$/],
      ['00'.repeat(40), /begins with the bytes 0000000000$/],
    ] as const) {
      const port = await portOf(t, (socket) => {
        const chunks = hello.split(' ').map((hex) => Buffer.from(hex, 'hex'));
        const next = (): void => {
          const chunk = chunks.shift();
          if (chunk !== undefined) socket.write(chunk, () => setImmediate(next));
        };
        socket.setNoDelay(true);
        next();
      });
      const { code, cause } = await refusalOf(t, { port });
      assert.deepEqual([code, cause?.['code']], ['POOL_CONNECT', 'PROTOCOL_NOT_MYSQL'], hello);
      assert.match(cause!.message, text);
    }
  });

  it('of an ORM that hears nothing more of a connection that failed, as Knex', async (t) => {
    const port = await portOf(t, (socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const knex = knexFactory({ client: MysqlPoolClient, connection: { host: '127.0.0.1', port }, log: { warn() {} } });
    t.after(() => knex.destroy());
    await assert.rejects(knex.raw('SELECT 1'), { code: 'PROTOCOL_NOT_MYSQL' });
  });

  it('of an ORM, to a port that speaks SSH', async (t) => {
    const port = await portOf(t, (socket) => void socket.write('SSH-2.0-OpenSSH_9.2p1\r\n'));
    const driver = watchedDriver(mysql2);
    const create = (): Promise<Connection> =>
      new Promise((resolve, reject) => {
        const connection = driver.createConnection({ host: '127.0.0.1', port });
        connection.once('connect', () => resolve(connection));
        connection.once('error', reject);
      });
    const pool = new CreatorPool({ driver, create, close: () => Promise.resolve() }, { acquireTimeout: 20_000 });
    t.after(() => pool.close({ timeout: 0 }));
    await assert.rejects(pool.acquire(), { code: 'POOL_CONNECT' });
  });

  it('to a server that wants the password as it is', async (t) => {
    const port = await portOf(t, (socket) => {
      socket.write(GREETING);
      socket.once('data', () => socket.write(packet(2, Buffer.from('\xfemysql_clear_password\0', 'latin1'))));
    });
    const error = await refusalOf(t, { port });
    assert.equal(error.code, 'POOL_CONNECT');
    assert.equal(error.cause?.['code'], 'MYSQL_CLEAR_PASSWORD_NOT_ENABLED');
  });

  it('from a host that the server has blocked', async (t) => {
    const text = "Host '192.0.2.1' is blocked because of many connection errors";
    const port = await portOf(
      t,
      (socket) => void socket.write(packet(0, Buffer.from(`\xff\x69\x04${text}`, 'latin1'))),
    );
    const error = await refusalOf(t, { port });
    assert.deepEqual([error.code, error.cause?.['errno']], ['POOL_CONNECT', 1129]);
  });

  it('in which a program is at fault, ours or that of a hook', async (t) => {
    const broken = new TypeError("Cannot read properties of undefined (reading 'bind')");
    const error = await refusalOf(t, {
      port: 1,
      password: () => {
        throw broken;
      },
    });
    assert.deepEqual([error.code, error.cause], ['POOL_CONNECT', broken]);
  });

  it('of an ORM that has wrapped the mistake in an error of its own', async (t) => {
    const parent = new TypeError("Cannot read properties of undefined (reading 'bind')");
    const create = (): Promise<Connection> => Promise.reject(Object.assign(new Error('connecting failed'), { parent }));
    const pool = new CreatorPool(
      { driver: mysql2, create, close: () => Promise.resolve() },
      { acquireTimeout: 20_000 },
    );
    t.after(() => pool.close({ timeout: 0 }));
    await assert.rejects(pool.acquire(), { code: 'POOL_CONNECT' });
  });

  it('for which there are no credentials: a function that fails is told to whoever waits, with what it said', async (t) => {
    const expired = new Error('the token has expired');
    const error = await refusalOf(t, { port: 1, password: () => Promise.reject(expired) });
    assert.deepEqual([error.code, error.cause], ['POOL_CONNECT', expired]);
    const pool = new CreatorPool({
      driver: mysql2,
      create: () => Promise.reject(expired),
      close: () => Promise.resolve(),
    });
    t.after(() => pool.close({ timeout: 0 }));
    await assert.rejects(pool.acquire(), { code: 'POOL_CONNECT', cause: expired });
  });

  it('for which there are no credentials, when what is thrown is no error', async (t) => {
    for (const thrown of ['no token', undefined, 0]) {
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- anything can be thrown
      const password = (): Promise<never> => Promise.reject(thrown);
      const { code, cause } = await refusalOf(t, { port: 1, password });
      assert.deepEqual([code, cause], ['POOL_CONNECT', thrown]);
      const knex = knexFactory({ client: MysqlPoolClient, connection: password, log: { warn() {} } });
      t.after(() => knex.destroy());
      const told: unknown = await knex.raw('SELECT 1').catch((error: unknown) => error);
      // For `undefined`, our own error is thrown, since the application could not diagnose an undefined one.
      if (thrown === undefined) assert.equal((told as { code?: unknown }).code, 'POOL_CONNECT');
      else assert.equal(told, thrown);
    }
  });

  it('with a profile for TLS that mysql2 does not know', async (t) => {
    const error = await refusalOf(t, { port: 1, ssl: 'Amazon RSD' });
    assert.equal(error.code, 'POOL_CONNECT');
    assert.match(error.message, /Unknown SSL profile 'Amazon RSD'/);
  });

  it('to a host whose name there is not', async (t) => {
    const unknown = Object.assign(new Error('getaddrinfo ENOTFOUND db.invalid'), { code: 'ENOTFOUND', errno: -3008 });
    const stream = (): Socket => {
      const socket = new Socket();
      process.nextTick(() => socket.destroy(unknown));
      return socket;
    };
    const error = await refusalOf(t, { stream });
    assert.deepEqual([error.code, error.cause?.['code']], ['POOL_CONNECT', 'ENOTFOUND']);
  });

  it('whose password function answers no text, which is not shown', async (t) => {
    for (const answer of [undefined, null, 12345678, { secret: 'hunter2' }, Buffer.from('hunter2')]) {
      const error = await refusalOf(t, { port: 1, password: () => answer as unknown as string });
      assert.equal(error.code, 'POOL_CONNECT');
      const text = `${error.message} ${error.cause?.message}`;
      assert.match(text, /password.*expected|must return a string/i);
      assert.doesNotMatch(text, /hunter2|12345678/);
    }
  });
});

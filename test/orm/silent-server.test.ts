import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';

// Far longer than a test may take: whoever waits for the dial to end by itself never ends in time.
const DIAL = 120_000;
const LIMIT = 40_000;

/** A server that takes connections and says nothing, as behind a firewall that swallows. Answers its port. */
async function silentServer(t: TestContext): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Each sets `query` and `close`; `port` is the server's, and nobody waits for a connection for longer than 300 ms. */
const DOORS: Readonly<Record<string, string>> = {
  createPool: `
    const pool = require('node-mysqlpool').createPool({ host, port, user, acquireTimeout: 300, connectTimeout: DIAL });
    query = () => pool.query('SELECT 1');
    close = () => pool.close({ timeout: 300 });`,
  mysql2: `
    const options = { host, port, user, acquireTimeout: 300, connectTimeout: DIAL };
    const pool = require('node-mysqlpool/mysql2').createPool(options);
    query = () => new Promise((yes, no) => pool.query('SELECT 1', (error) => (error ? no(error) : yes())));
    close = () => new Promise((done) => pool.end(done));`,
  'mysql2/promise': `
    const options = { host, port, user, acquireTimeout: 300, connectTimeout: DIAL };
    const pool = require('node-mysqlpool/mysql2/promise').createPool(options);
    query = () => pool.query('SELECT 1');
    close = () => pool.end();`,
  Knex: `
    const { MysqlPoolClient } = require('node-mysqlpool/knex');
    const pool = { min: 0, max: 2, acquireTimeoutMillis: 300, createTimeoutMillis: DIAL };
    const log = { warn: () => undefined };
    const knex = require('knex')({ client: MysqlPoolClient, connection: { host, port, user }, pool, log });
    query = () => knex.raw('SELECT 1');
    close = () => knex.destroy();`,
  Sequelize: `
    require('node-mysqlpool/sequelize');
    const { Sequelize } = require('sequelize');
    const pool = { max: 2, acquire: 300 };
    const dialectOptions = { connectTimeout: DIAL };
    const sequelize = new Sequelize('', user, '', { dialect: 'mysql', host, port, logging: false, pool, dialectOptions });
    query = () => sequelize.query('SELECT 1');
    close = () => sequelize.close();`,
  Kysely: `
    const options = { host, port, user, acquireTimeout: 300, connectTimeout: DIAL };
    const pool = require('node-mysqlpool/kysely').createPool(options);
    const { CompiledQuery, Kysely, MysqlDialect } = require('kysely');
    const db = new Kysely({ dialect: new MysqlDialect({ pool }) });
    query = () => db.executeQuery(CompiledQuery.raw('SELECT 1'));
    close = () => db.destroy();`,
  TypeORM: `
    const { mysqlpool } = require('node-mysqlpool/typeorm');
    const { DataSource } = require('typeorm');
    const access = { type: 'mysql', driver: mysqlpool, host, port, username: user, acquireTimeout: 300, connectTimeout: DIAL };
    const source = new DataSource(access);
    query = () => source.initialize();
    close = () => Promise.resolve();`,
};

/** Runs a program that asks a silent server, is told that there is no connection, and does what `then` says. */
async function run(door: string, port: number, then: string): Promise<string> {
  const script = `
    const [host, port, user, DIAL] = ['127.0.0.1', ${port}, 'somebody', ${DIAL}];
    let query, close;
    ${DOORS[door]!}
    query().then(() => console.log('answered'), () => console.log('told')).then(() => { ${then} });`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (printed += String(data)));
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return `${printed}${signal ?? code}`;
}

describe('a program that was told that there is no connection, while a dial to a silent server goes on', () => {
  for (const door of Object.keys(DOORS)) {
    it(`${door}: ends, whether or not it closes its pool`, async (t) => {
      const port = await silentServer(t);
      const [left, closed] = await Promise.all([run(door, port, ''), run(door, port, 'close();')]);
      assert.deepEqual({ left, closed }, { left: 'told\n0', closed: 'told\n0' });
    });
  }
});

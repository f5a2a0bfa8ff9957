import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How each door makes a pool: with a name or without, to a host, with TLS and an option of the driver. */
const DOORS: Readonly<Record<string, string>> = {
  createPool: `
    const { createPool } = require('node-mysqlpool');
    make = (name, connection) => createPool({ ...connection, name });`,
  'drop-in': `
    const { createPool } = require('node-mysqlpool/mysql2');
    make = (name, connection) => createPool({ ...connection, name });`,
  Knex: `
    const { knex } = require('knex');
    const { MysqlPoolClient } = require('node-mysqlpool/knex');
    make = (name, connection) => knex({ client: MysqlPoolClient, connection, pool: { name } });`,
  'Sequelize 6': `
    require('node-mysqlpool/sequelize');
    const { Sequelize } = require('sequelize');
    make = (name, { host, ...dialectOptions }) =>
      new Sequelize('d', 'u', 'p', { dialect: 'mysql', host, dialectOptions, pool: { mysqlpool: { name } } });`,
  'Sequelize 7': `
    const { MySqlPoolDialect } = require('node-mysqlpool/sequelize7');
    const { Sequelize } = require('@sequelize/core');
    make = (name, { typeCast, ...connection }) =>
      new Sequelize({ dialect: MySqlPoolDialect, database: 'd', user: 'u', ...connection, pool: { mysqlpool: { name } } });`,
};

/** Three times the same, as a module does that is loaded three times; `number` is that of the time. */
const THREE = {
  'of no name': [`undefined`, `{ host: '127.0.0.1' }`, false],
  'that are alike': [`'reloaded'`, `{ host: '127.0.0.1', ssl: { ca: Buffer.from('a') }, typeCast: () => 1 }`, true],
  'to several hosts': [`'shards'`, `{ host: '127.0.0.' + number }`, false],
  'with several certificates': [`'tenants'`, `{ host: '127.0.0.1', ssl: { ca: Buffer.from('a' + number) } }`, false],
} as const;

describe('pools of one name, with the same options and connections, that pile up are told, whoever makes them', () => {
  for (const [door, code] of Object.entries(DOORS)) {
    it(door, async () => {
      const heard: Record<string, boolean> = {};
      for (const [which, [name, connection]] of Object.entries(THREE)) {
        // A warning is given once in a process.
        const script = `
          let make;
          ${code}
          const heard = [];
          process.on('warning', ({ code }) => heard.push(code));
          const kept = [1, 2, 3].map((number) => make(${name}, ${connection}));
          setImmediate(() => console.log(heard.includes('MYSQLPOOL_NAMESAKES'), kept.length));`;
        const { stdout } = await run(process.execPath, ['--no-warnings', '-e', script]);
        heard[which] = stdout === 'true 3\n';
        assert.match(stdout, /^(?:true|false) 3\n$/);
      }
      assert.deepEqual(
        heard,
        Object.fromEntries(Object.entries(THREE).map(([which, [, , isTold]]) => [which, isTold])),
      );
    });
  }
});

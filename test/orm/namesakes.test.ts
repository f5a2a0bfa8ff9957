import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How each door makes a pool, with a name and without. */
const DOORS: Readonly<Record<string, string>> = {
  'drop-in': `
    const { createPool } = require('node-mysqlpool/mysql2');
    make = (name) => createPool({ host: '127.0.0.1', name });`,
  Knex: `
    const { knex } = require('knex');
    const { MysqlPoolClient } = require('node-mysqlpool/knex');
    make = (name) => knex({ client: MysqlPoolClient, connection: { host: '127.0.0.1' }, pool: { name } });`,
  Sequelize: `
    require('node-mysqlpool/sequelize');
    const { Sequelize } = require('sequelize');
    make = (name) => new Sequelize('d', 'u', 'p', { dialect: 'mysql', pool: { mysqlpool: { name } } });`,
};

describe('pools of one name and with the same options that pile up are told, whoever makes them', () => {
  for (const [door, code] of Object.entries(DOORS)) {
    it(door, async () => {
      // A warning is given once in a process.
      const script = `
        let make;
        ${code}
        let heard = [];
        process.on('warning', ({ code }) => heard.push(code));
        const kept = [1, 2, 3].map(() => make(undefined));
        setImmediate(() => {
          const before = heard;
          heard = [];
          kept.push(...[1, 2, 3].map(() => make('reloaded')));
          setImmediate(() => console.log(JSON.stringify([before, heard, kept.length])));
        });`;
      const { stdout } = await run(process.execPath, ['--no-warnings', '-e', script]);
      assert.deepEqual(JSON.parse(stdout), [[], ['MYSQLPOOL_NAMESAKES'], 6]);
    });
  }
});

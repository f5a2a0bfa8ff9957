// Not a word of ours: what is imported as mysql2 is under the limit of the process when `register` was loaded before.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import knex from 'knex';
import mysql, { createPool } from 'mysql2';
import promised from 'mysql2/promise';

const uri = process.env.MYSQLPOOL_CONSUMER_URL;
const required = createRequire(import.meta.url)('mysql2');
const pools = [
  createPool({ uri }),
  mysql.createPool({ uri }),
  promised.createPool({ uri }).pool,
  required.createPool({ uri }),
];
for (const pool of pools) assert.ok('mysqlpool' in pool, 'the pool is the driver’s own');
const db = knex({ client: 'mysql2', connection: uri, pool: { min: 0, max: 5 } });

const SQL = 'SELECT SLEEP(0.01) AS slept';
async function single() {
  const connection = await promised.createConnection(uri);
  const answer = await connection.query(SQL);
  await connection.end();
  return answer;
}
// One after the other: each pool takes what idles in another one.
for (const pool of pools) await pool.promise().query(SQL);
await db.raw(SQL);
await Promise.all(pools.flatMap((pool) => [pool.promise().query(SQL), db.raw(SQL), single()]));
const COUNT = 'SELECT COUNT(*) AS most FROM information_schema.PROCESSLIST WHERE DB = DATABASE()';
const [[{ most }]] = await pools[0].promise().query(COUNT);
assert.ok(most <= Number(process.env.MYSQLPOOL_MAX_TOTAL), `${most} connections`);
await Promise.all(pools.map((pool) => pool.promise().end()));
await db.destroy();
console.log('ok');

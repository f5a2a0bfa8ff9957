// By import: the names are taken when mysql2 has run.
import mysql, { createPool, Pool } from 'mysql2';
import { createConnection, createPool as createPromisePool } from 'mysql2/promise';

const uri = process.env.DATABASE_URL;
const pool = createPool({ uri, connectionLimit: 20 });
const promised = createPromisePool({ uri, connectionLimit: 20 });
const COUNT = 'SELECT CONNECTION_ID() AS id, SLEEP(0.01) AS slept';
const ids = new Set();
async function ask(asked) {
  const [rows] = await asked.query(COUNT);
  ids.add(rows[0].id);
}
await Promise.all(Array.from({ length: 30 }, () => [ask(pool.promise()), ask(promised)]).flat());
await promised.end();
const connection = await createConnection(uri);
await ask(connection);
await connection.end();
await pool.promise().end();
console.log(
  JSON.stringify({
    failed: 0,
    ours: 'mysqlpool' in pool && 'mysqlpool' in promised.pool,
    same: mysql.createPool === createPool,
    isPool: pool instanceof Pool,
  }),
);

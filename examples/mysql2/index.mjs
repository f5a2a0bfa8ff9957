// node examples/mysql2/index.mjs mysql://user:password@host/database
import { createRequire } from 'node:module';
import mysql from 'node-mysqlpool/mysql2/promise'; // instead of 'mysql2/promise'

const { version } = createRequire(import.meta.url)('mysql2/package.json');

const pool = mysql.createPool({ uri: process.argv[2] ?? process.env.DATABASE_URL, connectionLimit: 3 });

await pool.query('CREATE TABLE example_mysql2_orders (id INT AUTO_INCREMENT PRIMARY KEY, item VARCHAR(50) NOT NULL)');

let peak = 0;
async function work(n) {
  const connection = await pool.getConnection();
  try {
    await connection.beginTransaction();
    await connection.execute('INSERT INTO example_mysql2_orders (item) VALUES (?)', [`item ${n}`]);
    const [[{ count }]] = await connection.query(
      'SELECT COUNT(*) AS count FROM information_schema.PROCESSLIST WHERE DB = DATABASE()',
    );
    peak = Math.max(peak, Number(count));
    await connection.commit();
  } finally {
    connection.release();
  }
}
await Promise.all(Array.from({ length: 20 }, (_, n) => work(n)));

let rows = 0;
for await (const row of pool.pool.query('SELECT * FROM example_mysql2_orders').stream()) if (row.item) rows++;
await pool.query('DROP TABLE example_mysql2_orders');
await pool.end();

const ok = peak === 3 && rows === 20;
console.log(
  `mysql2 ${version}: from 'node-mysqlpool/mysql2/promise'; peak ${peak} of 3 connections; ${ok ? 'ok' : 'FAILED'}`,
);
process.exitCode = ok ? 0 : 1;

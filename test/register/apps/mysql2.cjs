// A mysql2 by whatever name, as an application uses it: pools and single connections, by callbacks and promises.
const mysql = require(process.argv[2] ?? 'mysql2');
const promise = require(`${process.argv[2] ?? 'mysql2'}/promise`);

const uri = process.env.DATABASE_URL;
const SLOW = 'SELECT SLEEP(0.01)';

const ask = (asked) =>
  new Promise((resolve, reject) => asked.query(SLOW, (error) => (error ? reject(error) : resolve())));

async function single() {
  const connection = mysql.createConnection(uri);
  await ask(connection);
  await new Promise((resolve) => connection.end(resolve));
}

async function main() {
  const { hostname: host, port, username: user, password, pathname } = new URL(uri);
  const options = { host, port: Number(port), user, password, database: pathname.slice(1), connectionLimit: 20 };
  const pool = mysql.createPool(options);
  const promised = promise.createPool(options);
  const work = Array.from({ length: 20 }, () => [ask(pool), promised.query(SLOW), single()]).flat();
  const results = await Promise.allSettled(work);
  const failures = results.filter(({ status }) => status === 'rejected');
  if (failures.length > 0) console.error(failures[0].reason);
  // What is dirty when it is given back is clean when it is lent again.
  const first = await promised.getConnection();
  await first.query('SET @left = 1');
  const isTheirs = first.connection instanceof mysql.PoolConnection;
  first.release();
  const [[{ isLeft }]] = await promised.query('SELECT @left IS NOT NULL AS isLeft');
  await new Promise((resolve) => pool.end(resolve));
  await promised.end();
  console.log(JSON.stringify({ failed: failures.length, isTheirs, isLeft, ours: 'mysqlpool' in pool }));
}

void main();

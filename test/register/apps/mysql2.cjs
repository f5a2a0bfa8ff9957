// A mysql2 by whatever name, as an application uses it: pools and single connections, by callbacks and promises.
const mysql = require(process.argv[2] ?? 'mysql2');
const promise = require(`${process.argv[2] ?? 'mysql2'}/promise`);

const uri = process.env.DATABASE_URL;
const COUNT =
  'SELECT SLEEP(0.01) AS slept, (SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = DATABASE()) AS n';

const ask = (asked) =>
  new Promise((resolve, reject) => asked.query(COUNT, (error, rows) => (error ? reject(error) : resolve(rows[0].n))));

async function single() {
  const connection = mysql.createConnection(uri);
  const count = await ask(connection);
  await new Promise((resolve) => connection.end(resolve));
  return count;
}

async function main() {
  const { hostname: host, port, username: user, password, pathname } = new URL(uri);
  const options = { host, port: Number(port), user, password, database: pathname.slice(1), connectionLimit: 20 };
  const pool = mysql.createPool(options);
  const promised = promise.createPool(options);
  const work = Array.from({ length: 20 }, () => [
    ask(pool),
    promised.query(COUNT).then(([rows]) => rows[0].n),
    single(),
  ]).flat();
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
  const peak = Math.max(...results.map(({ value = 0 }) => value));
  console.log(JSON.stringify({ failed: failures.length, peak, isTheirs, isLeft, ours: 'mysqlpool' in pool }));
}

void main();

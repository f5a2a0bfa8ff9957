// Our own API, a cluster, plain connections, a pool of others over such, and a Sequelize 7: all under one limit.
const { Sequelize } = require('@sequelize/core');
const { MySqlDialect } = require('@sequelize/mysql');
const { createPoolCluster } = require('mysql2');
const { createConnection } = require('mysql2/promise');
const { createPool } = require('node-mysqlpool');
const { Pool: TarnPool } = require('tarn');

const url = process.env.DATABASE_URL;
const { hostname: host, port, username: user, password, pathname } = new URL(url);
const SQL = 'SELECT SLEEP(0.01) AS slept';

async function single() {
  const connection = await createConnection(url);
  await connection.query(SQL);
  await connection.end();
}

async function main() {
  const own = createPool(url, { maxSize: 20 });
  const cluster = createPoolCluster();
  cluster.add('ONE', { uri: url, connectionLimit: 20 });
  const address = { host, port: Number(port), user, password, database: pathname.slice(1) };
  const sequelize = new Sequelize({ dialect: MySqlDialect, ...address, pool: { max: 20 } });
  const others = new TarnPool({
    create: () => createConnection(url), destroy: (connection) => connection.end(), min: 0, max: 20, idleTimeoutMillis: 50, reapIntervalMillis: 50,
  }); // prettier-ignore
  const lent = async () => {
    const connection = await others.acquire().promise;
    await connection.query(SQL);
    others.release(connection);
  };
  const clustered = () =>
    new Promise((resolve, reject) => cluster.of('*').query(SQL, (error) => (error ? reject(error) : resolve())));
  const work = Array.from({ length: 20 }, () => [
    own.query(SQL),
    clustered(),
    single(),
    lent(),
    sequelize.query(SQL),
  ]).flat();
  const failures = (await Promise.allSettled(work)).filter(({ status }) => status === 'rejected');
  if (failures.length > 0) console.error(failures[0].reason);
  await own.close();
  await others.destroy();
  await sequelize.close();
  cluster.end(() => console.log(JSON.stringify({ failed: failures.length })));
}

void main();

// Our own API, a cluster, plain connections, and a Sequelize 7 with its own pool over them: all under one limit.
const { Sequelize } = require('@sequelize/core');
const { MySqlDialect } = require('@sequelize/mysql');
const { createPoolCluster } = require('mysql2');
const { createConnection } = require('mysql2/promise');
const { createPool } = require('node-mysqlpool');

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
  const sequelize = new Sequelize({ dialect: MySqlDialect, ...address, pool: { max: 20, idle: 50, evict: 50 } });
  const clustered = () =>
    new Promise((resolve, reject) => cluster.of('*').query(SQL, (error) => (error ? reject(error) : resolve())));
  const work = Array.from({ length: 20 }, () => [own.query(SQL), clustered(), single(), sequelize.query(SQL)]).flat();
  const failures = (await Promise.allSettled(work)).filter(({ status }) => status === 'rejected');
  if (failures.length > 0) console.error(failures[0].reason);
  await own.close();
  await sequelize.close();
  cluster.end(() => console.log(JSON.stringify({ failed: failures.length })));
}

void main();

// The drop-in for mysql2 and two ORMs by their line of configuration.
import assert from 'node:assert/strict';
import knex from 'knex';
import { MysqlPoolClient } from 'node-mysqlpool/knex';
import mysql from 'node-mysqlpool/mysql2/promise';
import { mysqlpool } from 'node-mysqlpool/typeorm';
import { DataSource } from 'typeorm';

const url = process.env.MYSQLPOOL_CONSUMER_URL;

async function dropIn() {
  const pool = mysql.createPool({ uri: url, connectionLimit: 2 });
  const connection = await pool.getConnection();
  await connection.query('SET @left = 1');
  connection.release();
  const [[row]] = await pool.execute('SELECT @left AS variable');
  assert.equal(row.variable, null);
  await pool.end();
}

async function byKnex() {
  const db = knex({ client: MysqlPoolClient, connection: url, pool: { min: 0, max: 2 } });
  const [[row]] = await db.transaction((trx) => trx.raw('SELECT 1 AS one'));
  assert.equal(row.one, 1);
  const many = await Promise.all(Array.from({ length: 20 }, (_, i) => db.select(db.raw('? AS n', [i]))));
  assert.equal(many.length, 20);
  await db.destroy();
}

async function byTypeorm() {
  const source = new DataSource({ type: 'mysql', url, driver: mysqlpool, poolSize: 2 });
  await source.initialize();
  const [row] = await source.transaction((manager) => manager.query('SELECT 1 AS one'));
  assert.equal(Number(row.one), 1);
  await source.destroy();
}

await dropIn();
await byKnex();
await byTypeorm();
console.log('ok');

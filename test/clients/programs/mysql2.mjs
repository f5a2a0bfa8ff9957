// npm mysql2, with parameters in the text or in prepared statements, which is which by DB_MODE.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import mysql from 'mysql2/promise';
import { check, common, done, texts } from './checks.mjs';

const { DB_HOST, DB_PORT, DB_USER, DB_PASSWORD, DB_NAME, DB_CA, DB_MODE } = process.env;
const { version } = createRequire(import.meta.url)('mysql2/package.json');
done({ client: `mysql2 ${version}` });

async function connect() {
  const link = await mysql.createConnection({
    host: DB_HOST,
    port: Number(DB_PORT),
    user: DB_USER,
    password: DB_PASSWORD,
    database: DB_NAME,
    multipleStatements: true,
    rowsAsArray: true,
    ...(DB_CA === '' ? {} : { ssl: { ca: readFileSync(DB_CA) } }),
  });
  const ask = (sql, parameters) =>
    DB_MODE === 'binary' && parameters ? link.execute(sql, parameters) : link.query(sql, parameters);
  return {
    link,
    rows: async (sql, parameters) => (await ask(sql, parameters))[0].map(texts),
    run: async (sql, parameters) => (await ask(sql, parameters))[0],
    results: async (sql) => (await link.query(sql))[0].filter(Array.isArray).map((rows) => rows.map(texts)),
    begin: () => link.beginTransaction(),
    commit: () => link.commit(),
    rollback: () => link.rollback(),
    ping: () => link.ping(),
    changeUser: (database) => link.changeUser({ database }),
    end: () => link.end(),
  };
}

const { first, second } = await common(connect);
await check('prepared', async () => {
  const statement = await first.link.prepare('SELECT ?, ?, ?');
  const answers = [];
  for (const parameters of [
    ['it\'s ☕ "\\ ü', '42', null],
    ['again', '7', 'x'],
  ]) {
    answers.push(texts((await statement.execute(parameters))[0][0]));
  }
  await statement.close();
  return answers;
});
await check('reset', async () => {
  await first.run("SET @a = 'x'");
  await first.link.reset();
  return (await first.rows('SELECT @a, @@time_zone'))[0];
});
await first.end();
await second.end();

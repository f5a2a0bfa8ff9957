// npm mysql, which DB_MODULES says where to find.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { common, done, texts } from './checks.mjs';

const { DB_HOST, DB_PORT, DB_USER, DB_PASSWORD, DB_NAME, DB_CA, DB_MODULES } = process.env;
const require = createRequire(`${DB_MODULES}/`);
const mysql = require('mysql');
done({ client: `mysql ${require('mysql/package.json').version}` });

async function connect() {
  const link = mysql.createConnection({
    host: DB_HOST,
    port: Number(DB_PORT),
    user: DB_USER,
    password: DB_PASSWORD,
    database: DB_NAME,
    charset: 'utf8mb4',
    multipleStatements: true,
    ...(DB_CA === '' ? {} : { ssl: { ca: readFileSync(DB_CA) } }),
  });
  const call = (name) => promisify(link[name].bind(link));
  await call('connect')();
  const ask = call('query');
  const arrays = (rows) => rows.map((row) => texts(Object.values(row)));
  return {
    // Columns of the same name would be one.
    rows: async (sql, parameters) =>
      arrays(await ask(sql.replace('SELECT ?, ?, ?', 'SELECT ? a, ? b, ? c'), parameters)),
    run: ask,
    results: async (sql) => (await ask(sql)).filter(Array.isArray).map(arrays),
    begin: call('beginTransaction'),
    commit: call('commit'),
    rollback: call('rollback'),
    ping: call('ping'),
    changeUser: (database) => call('changeUser')({ database }),
    end: call('end'),
  };
}

const { first, second } = await common(connect);
await first.end();
await second.end();

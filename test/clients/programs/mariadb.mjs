// npm mariadb, with parameters in the text or in prepared statements, which is which by DB_MODE.
import { readFileSync } from 'node:fs';
import mariadb from 'mariadb';
import { check, common, done, texts } from './checks.mjs';

const { DB_HOST, DB_PORT, DB_USER, DB_PASSWORD, DB_NAME, DB_CA, DB_MODE } = process.env;
done({ client: `mariadb ${mariadb.version}` });

async function connect() {
  const link = await mariadb.createConnection({
    host: DB_HOST,
    port: Number(DB_PORT),
    user: DB_USER,
    password: DB_PASSWORD,
    database: DB_NAME,
    multipleStatements: true,
    rowsAsArray: true,
    allowPublicKeyRetrieval: true,
    ...(DB_CA === '' ? {} : { ssl: { ca: readFileSync(DB_CA) } }),
  });
  const ask = (sql, parameters) =>
    DB_MODE === 'binary' && parameters ? link.execute(sql, parameters) : link.query(sql, parameters);
  return {
    link,
    rows: async (sql, parameters) => (await ask(sql, parameters)).map(texts),
    run: ask,
    results: async (sql) => (await link.query(sql)).filter(Array.isArray).map((rows) => rows.map(texts)),
    begin: () => link.beginTransaction(),
    commit: () => link.commit(),
    rollback: () => link.rollback(),
    ping: () => link.ping(),
    // It refuses to do so on MySQL, whose own fault it names.
    changeUser:
      link.info.isMariaDB() && ((database) => link.changeUser({ user: DB_USER, password: DB_PASSWORD, database })),
    end: () => link.end(),
  };
}

const { first, second } = await common(connect);
await check('prepared', async () => {
  const statement = await first.link.prepare('SELECT ?, ?, ?');
  const answers = [];
  for (const parameters of [
    ['it\'s ☕ "\\ ü', 42, null],
    ['again', 7, 'x'],
  ]) {
    answers.push(texts((await statement.execute(parameters))[0]));
  }
  statement.close();
  return answers;
});
await check('batch', async () => {
  const names = ['batch 1', 'batch 2', 'batch 3'];
  await first.link.batch(
    'INSERT INTO things (name) VALUES (?)',
    names.map((name) => [name]),
  );
  return (await first.rows("SELECT COUNT(*) FROM things WHERE name LIKE 'batch%'"))[0][0];
});
await check('streamed rows', async () => {
  let rows = 0;
  for await (const row of first.link.queryStream('SELECT n FROM numbers ORDER BY n')) rows += row.length;
  return `${rows}`;
});
await check('reset', async () => {
  await first.run("SET @a = 'x'");
  await first.link.reset();
  return (await first.rows('SELECT @a, @@time_zone'))[0];
});
await first.end();
await second.end();

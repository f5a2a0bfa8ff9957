/** What a check answered, or how it failed, as a line of JSON. */
export function done(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

export async function check(name, work) {
  try {
    done({ check: name, result: (await work()) ?? null });
  } catch (error) {
    done({ check: name, error: [String(error.errno ?? error.code ?? error.name), error.sqlMessage ?? error.message] });
  }
}

/** Every value as text, whatever type a driver makes of it. */
export const texts = (values) =>
  values.map((value) =>
    value === null || value === undefined ? null : Buffer.isBuffer(value) ? String(value) : `${value}`,
  );

const { DB_NAME, DB_OTHER } = process.env;
const value = async (link, sql, parameters) => (await link.rows(sql, parameters))[0][0];
const count = async (link) => Number(await value(link, 'SELECT COUNT(*) FROM things'));

/** The checks that are the same for every driver of Node, which differs in what `connect` answers. */
export async function common(connect) {
  let first;
  await check('connect', async () => {
    first = await connect();
    return true;
  });
  if (first === undefined) process.exit();
  const second = await connect();
  await values(first);
  await transactions(first, second);
  await session(first);
  await rest(first);
  await check('reconnect', async () => {
    await first.end();
    first = await connect();
    return (await first.rows('SELECT @a, @@time_zone'))[0];
  });
  return { first, second };
}

async function values(first) {
  const parameters = ['it\'s ☕ "\\ ü', 42, null];
  await check('version', () => value(first, 'SELECT VERSION()'));
  await check('select', () => value(first, 'SELECT 1'));
  await check('parameters', async () => (await first.rows('SELECT ?, ?, ?', parameters))[0]);
  await check('blob', async () => {
    await first.run("INSERT INTO things (name, data) VALUES ('blob', ?)", [Buffer.from([0, 1, 39, 92, 255])]);
    return value(first, "SELECT HEX(data) FROM things WHERE name = 'blob'");
  });
  await check('insert id', async () => {
    const { insertId } = await first.run("INSERT INTO things (name) VALUES ('id')");
    return [insertId > 0, (await value(first, 'SELECT LAST_INSERT_ID()')) === `${insertId}`];
  });
  await check('affected', async () => {
    const update = async () => (await first.run("UPDATE things SET data = 'a' WHERE name = 'id'")).affectedRows;
    return [await update(), await update()];
  });
  await check('big value', async () => `${(await value(first, "SELECT REPEAT('x', 1048576)")).length}`);
  await check('big rows', async () => {
    const all = await first.rows('SELECT n, filling FROM numbers ORDER BY n');
    return texts([all.length, all.reduce((sum, [, filling]) => sum + filling.length, 0)]);
  });
  await check('big parameter', () => value(first, 'SELECT LENGTH(?)', ['y'.repeat(1_048_576)]));
  await check('many at once', async () => {
    const all = await Promise.all(Array.from({ length: 100 }, (_, i) => value(first, 'SELECT ?', [i])));
    return all.every((each, i) => each === `${i}`);
  });
}

async function transactions(first, second) {
  await check('rollback', async () => {
    await first.begin();
    const before = await count(first);
    await first.run("INSERT INTO things (name) VALUES ('rolled back')");
    const inside = (await count(first)) - before;
    await first.rollback();
    return texts([inside, (await count(first)) - before]);
  });
  await check('autocommit', async () => {
    await first.run('SET autocommit = 0');
    const before = await count(first);
    await first.run("INSERT INTO things (name) VALUES ('not committed')");
    await first.rollback();
    const after = (await count(first)) - before;
    await first.commit();
    await first.run('SET autocommit = 1');
    return texts([after, await value(first, 'SELECT @@autocommit')]);
  });
  await check('two connections', async () => {
    await first.begin();
    const before = await count(second);
    await first.run("INSERT INTO things (name) VALUES ('seen')");
    const inside = (await count(second)) - before;
    await first.commit();
    return texts([inside, (await count(second)) - before]);
  });
  await check('lock', async () => [
    await value(first, 'SELECT GET_LOCK(?, 0)', [DB_NAME]),
    await value(second, 'SELECT GET_LOCK(?, 0)', [DB_NAME]),
    await value(first, 'SELECT RELEASE_LOCK(?)', [DB_NAME]),
  ]);
}

async function session(first) {
  await check('session', async () => {
    await first.run('SET NAMES utf8mb4 COLLATE utf8mb4_bin');
    await first.run("SET time_zone = '+05:00'");
    await first.run("SET SESSION sql_mode = 'STRICT_ALL_TABLES,PIPES_AS_CONCAT'");
    const sql = "SELECT @@character_set_client, @@collation_connection, @@time_zone, @@sql_mode, 'a' || 'b'";
    return (await first.rows(sql))[0];
  });
  await check('user variable', async () => {
    await first.run('SET @a = ?, @b = 5', ['x']);
    return (await first.rows('SELECT @a, @b'))[0];
  });
  await check('use', async () => {
    await first.run(`USE ${DB_OTHER}`);
    const other = (await value(first, 'SELECT DATABASE()')) === DB_OTHER;
    await first.run(`USE ${DB_NAME}`);
    return [other, (await value(first, 'SELECT DATABASE()')) === DB_NAME];
  });
  await check('temporary table', async () => {
    await first.run('CREATE TEMPORARY TABLE mine (a INT)');
    await first.run('INSERT INTO mine VALUES (1), (2)');
    return value(first, 'SELECT SUM(a) FROM mine');
  });
}

async function rest(first) {
  await check('call', () => first.results('CALL two()'));
  await check('several', () => first.results('SELECT 1; DO 1; SELECT 2'));
  await check('duplicate', async () => {
    try {
      await first.run("INSERT INTO things (name) VALUES ('id')");
      return null;
    } catch (error) {
      return [`${error.errno}`, error.sqlMessage, error.sqlState];
    }
  });
  await check('warnings', async () => {
    await first.rows("SELECT CAST('abc' AS SIGNED)");
    return (await first.rows('SHOW WARNINGS')).map((row) => row.slice(0, 2));
  });
  await check('ping', async () => {
    await first.ping();
    return true;
  });
  if (first.changeUser) {
    await check('change user', async () => {
      await first.changeUser(DB_OTHER);
      const [a, zone, schema] = (await first.rows('SELECT @a, @@time_zone, DATABASE()'))[0];
      await first.run(`USE ${DB_NAME}`);
      return [a, zone, schema === DB_OTHER];
    });
  }
}

// The clients for the command line, whose command is in DB_COMMAND.
import { execFile, spawn } from 'node:child_process';
import { check, done } from './checks.mjs';

const { DB_HOST, DB_PORT, DB_USER, DB_PASSWORD, DB_NAME, DB_OTHER, DB_CA, DB_COMMAND } = process.env;
const { command, args, secure, plain } = JSON.parse(DB_COMMAND);
const connection = ['-h', DB_HOST, '-P', DB_PORT, '-u', DB_USER, `-p${DB_PASSWORD}`, '--batch', '--skip-column-names'];
const all = [...args, ...connection, ...(DB_CA === '' ? plain : [...secure, `--ssl-ca=${DB_CA}`])];

/** What the client prints for these statements, on a connection of its own. */
function ask(sql, ...options) {
  return new Promise((resolve, reject) => {
    const child = execFile(command, [...all, ...options, DB_NAME], { maxBuffer: 1e8 }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout.trimEnd());
      const failure = /ERROR (\d+) \((\w+)\)[^:]*: (.*)/.exec(stderr);
      reject(Object.assign(new Error(failure?.[3] ?? stderr), { errno: failure?.[1], sqlState: failure?.[2] }));
    });
    child.stdin.on('error', () => {});
    child.stdin.end(sql);
  });
}

const words = async (sql, ...options) => (await ask(sql, ...options)).split(/[\n\t]/);
const { stdout } = await new Promise((resolve) => {
  execFile(command, [args[0], ...args.slice(1), '--version'], (error, text) => resolve({ stdout: text }));
});
done({ client: `${/mariadb/i.test(stdout) ? 'mariadb' : 'mysql'} ${/\d+\.\d+\.\d+/.exec(stdout)?.[0]}` });

await check('version', () => ask('SELECT VERSION()'));
await check('select', () => ask('SELECT 1'));
await check('blob', () =>
  ask(
    "INSERT INTO things (name, data) VALUES ('blob', 0x0001275CFF); SELECT HEX(data) FROM things WHERE name = 'blob'",
  ),
);
await check('rollback', async () => {
  const counted = 'SELECT COUNT(*) FROM things;';
  const insert = "INSERT INTO things (name) VALUES ('rolled back');";
  const [before, inside, after] = await words(
    `START TRANSACTION; ${counted} ${insert} ${counted} ROLLBACK; ${counted}`,
  );
  return [`${inside - before}`, `${after - before}`];
});
await check('insert id', async () => {
  const [id, same] = await words(
    "INSERT INTO things (name) VALUES ('id'); SELECT LAST_INSERT_ID(); SELECT id = LAST_INSERT_ID() FROM things WHERE name = 'id'",
  );
  return [id > 0, same === '1'];
});
await check('session', () =>
  words(`SET NAMES utf8mb4 COLLATE utf8mb4_bin; SET time_zone = '+05:00';
    SET SESSION sql_mode = 'STRICT_ALL_TABLES,PIPES_AS_CONCAT';
    SELECT @@character_set_client, @@collation_connection, @@time_zone, @@sql_mode, 'a' || 'b'`),
);
await check('user variable', () => words("SET @a = 'x', @b = 5; SELECT @a, @b"));
await check('use', async () => {
  const [other, own] = await words(`USE ${DB_OTHER}; SELECT DATABASE(); USE ${DB_NAME}; SELECT DATABASE()`);
  return [other === DB_OTHER, own === DB_NAME];
});
await check('call', async () => {
  const [one, ...two] = await words('CALL two()');
  return [[[one]], two.map((value) => [value])];
});
await check('several', async () => (await words('delimiter //\nSELECT 1; DO 1; SELECT 2//')).map((value) => [[value]]));
await check('duplicate', async () => {
  try {
    await ask("INSERT INTO things (name) VALUES ('id')");
    return null;
  } catch (error) {
    return [error.errno, error.message, error.sqlState];
  }
});
await check('warnings', async () => {
  const [, warning] = (await ask("SELECT CAST('abc' AS SIGNED)", '--show-warnings')).split('\n');
  return warning.replace(/:.*/, '');
});
await check('temporary table', () =>
  ask('CREATE TEMPORARY TABLE mine (a INT); INSERT INTO mine VALUES (1), (2); SELECT SUM(a) FROM mine'),
);
await check('prepared', () => words("PREPARE p FROM 'SELECT ?, ? + 1'; SET @x = 'a', @y = 1; EXECUTE p USING @x, @y"));
await check('big value', async () => `${(await ask("SELECT REPEAT('x', 1048576)")).length}`);
await check('big rows', async () => {
  const rows = (await ask('SELECT n, filling FROM numbers ORDER BY n', '--quick')).split('\n');
  return [`${rows.length}`, `${rows.reduce((sum, row) => sum + row.split('\t')[1].length, 0)}`];
});
// Ctrl-C: the client asks the server to end its statement, on a second connection.
await check('interrupt', async () => {
  const child = spawn(command, [...all, '-e', 'SELECT SLEEP(30)', DB_NAME], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  const running = `SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO = 'SELECT SLEEP(30)' AND DB = '${DB_NAME}'`;
  while ((await ask(running)) === '0') if (child.exitCode !== null) return 'did not start';
  child.kill('SIGINT');
  await ended;
  let left = await ask(running);
  for (let i = 0; i < 50 && left !== '0'; i++) left = await ask(running);
  return left;
});

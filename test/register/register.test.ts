import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as modules from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { startProxy } from '../support/proxy.js';
import { freshDatabase } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { answerOf, apps, register, run } from './child.js';

/** An empty folder, for programs that shall find no file of settings. */
function emptyFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'mysqlpool-register-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

eachServer('register', (_kind, getServer) => {
  const environment = async (t: TestContext, limit: number): Promise<NodeJS.ProcessEnv> => {
    const database = await freshDatabase(await getServer());
    t.after(() => database[Symbol.asyncDispose]());
    return { DATABASE_URL: database.url, MYSQLPOOL_MAX_TOTAL: String(limit) };
  };

  it('keeps six ORMs with six pools of 20 within 8 connections', async () => {
    const server = await getServer();
    await using database = await freshDatabase(server);
    await using proxy = await startProxy({ target: server });
    const env = { DATABASE_URL: proxy.url(database.url), MYSQLPOOL_MAX_TOTAL: '8' };
    const said = await run(['--import', register, join(apps, 'six-orms.mjs')], env);
    assert.deepEqual(answerOf(said), { queries: 240, failed: 0, sql: 'function' });
    assert.equal(said.stderr, '');
    assert.equal(proxy.most, 8);
    // Without it there are more, and the app fails or not as the server lets it.
    await run([join(apps, 'mysql2.mjs')], env);
    assert.ok(proxy.most > 20, `${proxy.most} connections`);
  });

  for (const [how, args, more] of [
    ['--import', ['--import', register], {}],
    ['-r', ['-r', register], {}],
    ['NODE_OPTIONS', [], { NODE_OPTIONS: `--import ${JSON.stringify(register)}` }],
    ['both, twice', ['-r', register, '--import', register], { NODE_OPTIONS: `-r ${JSON.stringify(register)}` }],
  ] as const) {
    it(`takes over mysql2 by ${how}, from require and from import`, async (t) => {
      const { DATABASE_URL: url, ...limits } = await environment(t, 3);
      await using proxy = await startProxy({ target: await getServer() });
      const env = { ...limits, DATABASE_URL: proxy.url(url!), ...more };
      const required = answerOf(await run([...args, join(apps, 'mysql2.cjs')], env));
      assert.deepEqual(required, { failed: 0, isTheirs: true, isLeft: 0, ours: true });
      assert.equal(proxy.most, 3);
      const imported = answerOf(await run([...args, join(apps, 'mysql2.mjs')], env));
      assert.deepEqual(imported, { failed: 0, ours: true, same: true, isPool: true });
    });
  }

  it('reads the limit and the arguments from mysqlpool.config.json', async (t) => {
    const { DATABASE_URL: url } = await environment(t, 1);
    const folder = emptyFolder(t);
    const settings = { MYSQLPOOL_MAX_TOTAL: 2, MYSQLPOOL_ARGUMENTS: { timeout: 1, pool_size: 4, max_overflow: 1 } };
    writeFileSync(join(folder, 'mysqlpool.config.json'), JSON.stringify(settings));
    const program = `
      const mysql = require(${JSON.stringify(require.resolve('mysql2'))});
      const plain = mysql.createPool(process.env.DATABASE_URL), own = mysql.createPool({ uri: process.env.DATABASE_URL, connectionLimit: 3 });
      const held = [plain, own].map((pool) => pool.promise().getConnection());
      Promise.all(held).then(async (connections) => {
        const error = await plain.promise().getConnection().catch((error) => error);
        console.log(JSON.stringify({ sizes: [plain.config.connectionLimit, own.config.connectionLimit], code: error.code }));
        for (const connection of connections) connection.release();
        plain.end(), own.end();
      });`;
    const said = await run(
      ['--import', register, '-e', program],
      { DATABASE_URL: url, MYSQLPOOL_MAX_TOTAL: '' },
      folder,
    );
    assert.deepEqual(answerOf(said), { sizes: [5, 3], code: 'POOL_ACQUIRE_TIMEOUT' });
  });

  it("keeps the ORMs' own errors and options, and gives them the arguments of the process", async (t) => {
    const program = `
      const { openSix } = await import(${JSON.stringify(`file://${join(apps, 'support.mjs')}`)});
      const { orms, closeAll } = await openSix(1);
      const errorsOf = async ([name, query]) => {
        const results = await Promise.allSettled([query('SELECT SLEEP(3)'), query('SELECT 1')]);
        return [name, results.map(({ reason }) => reason?.name ?? 'none').join()];
      };
      const errors = await Promise.all(Object.entries(orms).map(errorsOf));
      console.log(JSON.stringify(Object.fromEntries(errors)));
      await closeAll();`;
    // More would stay open than the pools' own sizes allow: these win.
    const env = { ...(await environment(t, 8)), MYSQLPOOL_ARGUMENTS: '{"timeout": 1, "pool_size": 4}' };
    const said = await run(['--import', register, '--input-type=module', '-e', program], env);
    assert.deepEqual(answerOf(said), {
      typeorm: 'none,Error',
      knex: 'none,KnexTimeoutError',
      drizzle: 'none,Error',
      kysely: 'none,Error',
      sequelize: 'none,SequelizeConnectionAcquireTimeoutError',
      mikroOrm: 'none,KnexTimeoutError',
    });
  });

  it('gives Sequelize 7 our pool with the arguments of the process, from require and from import', async (t) => {
    const env = { ...(await environment(t, 8)), MYSQLPOOL_ARGUMENTS: '{"timeout": 1, "pool_size": 4}' };
    const program = `
      const url = process.env.DATABASE_URL;
      const sequelize = new Sequelize({ dialect: MySqlDialect, url, logging: false, pool: { max: 1 } });
      const other = new Sequelize({ dialect: MySqlPoolDialect, url, logging: false });
      const results = await Promise.allSettled([sequelize.query('SELECT SLEEP(3)'), sequelize.query('SELECT 1')]);
      const names = results.map(({ reason }) => reason?.name ?? 'none').join();
      const sizes = [sequelize, other].map(({ pool }) => pool.write.mysqlpool.options.maxSize);
      await other.query('SELECT 1');
      const { name } = sequelize.dialect.constructor;
      console.log(JSON.stringify({ names, sizes, name, isOne: MySqlPoolDialect === MySqlDialect }));
      await Promise.all([sequelize.close(), other.close()]);`;
    const modules = {
      Sequelize: '@sequelize/core',
      MySqlDialect: '@sequelize/mysql',
      MySqlPoolDialect: 'node-mysqlpool/sequelize7',
    };
    const named = Object.entries(modules);
    const imports = named.map(([name, from]) => `import { ${name} } from '${from}';`).join('\n');
    const requires = named.map(([name, from]) => `const { ${name} } = require('${from}');`).join('\n');
    const timedOut = 'none,SequelizeConnectionAcquireTimeoutError';
    const wanted = { names: timedOut, sizes: [1, 14], name: 'MySqlDialect', isOne: true };
    for (const args of [
      ['--input-type=module', '-e', imports + program],
      ['-e', `${requires}(async () => {${program}})()`],
    ]) {
      const said = await run(['--import', register, ...args], env);
      assert.deepEqual([answerOf(said), said.stderr], [wanted, '']);
    }
  });

  it('refuses settings that cannot be, and leaves alone what has no database', async (t) => {
    const env = { ...(await environment(t, 0)) };
    await assert.rejects(
      run(['--import', register, join(apps, 'mysql2.cjs')], env),
      /MYSQLPOOL_MAX_TOTAL: expected a whole number from 1 up/,
    );
    const said = await run(['--import', register, '-p', 'Object.keys(require.cache).length'], env);
    assert.equal(said.stderr, '');
  });

  it('says with MYSQLPOOL_DEBUG=register what it has taken over', async (t) => {
    const env = { ...(await environment(t, 3)), MYSQLPOOL_DEBUG: 'register' };
    const { stderr } = await run(['--import', register, join(apps, 'mysql2.cjs')], env);
    for (const line of [
      /on in process \d+/,
      /connections of mysql2 [\d.]+ in .* count/,
      /createPool of mysql2 .* is ours/,
      /at most 3 connections/,
    ]) {
      assert.match(stderr, line);
    }
    const unlimited = ['--import', register, '-e', "require('mysql2').createPool({}).end()"];
    const said = await run(unlimited, { MYSQLPOOL_DEBUG: 'register' });
    assert.match(said.stderr, /no limit over all pools/);
  });

  it('tells a single connection that waits in vain what it waited for', async (t) => {
    const program = `
      const mysql = require('mysql2'), uri = process.env.DATABASE_URL;
      const first = mysql.createConnection(uri);
      first.query('SELECT 1', () => {
        const second = mysql.createConnection({ uri, connectTimeout: 100 });
        second.on('error', ({ code, message }) => {
          console.log(JSON.stringify({ code, message }));
          mysql.createConnection({ uri, connectTimeout: 5000 }).query('SELECT 2 AS n', function (error, rows) {
            console.error(error ?? rows[0].n);
            this.end?.(), process.exit();
          });
          first.end();
        });
      });`;
    const said = await run(['--import', register, '-e', program], await environment(t, 1));
    const { code, message } = answerOf(said);
    assert.equal(code, 'ETIMEDOUT');
    assert.match(String(message), /no connection within 100 ms: the process has 1 of 1 \(MYSQLPOOL_MAX_TOTAL\)/);
    assert.match(said.stderr, /^2\n/m);
  });

  it('holds our own API, clusters, single connections and the pools of others to the same limit', async () => {
    const server = await getServer();
    await using database = await freshDatabase(server);
    await using proxy = await startProxy({ target: server });
    const env = { DATABASE_URL: proxy.url(database.url), MYSQLPOOL_MAX_TOTAL: '5' };
    const said = await run(['--import', register, join(apps, 'mixed.cjs')], env);
    assert.deepEqual([answerOf(said), said.stderr], [{ failed: 0 }, '']);
    assert.equal(proxy.most, 5);
  });

  it('works with a loader that supplies CommonJS itself, or says what it needs', async (t) => {
    const env = await environment(t, 3);
    const loader = join(apps, 'foreign-loader.mjs');
    for (const imports of [
      [register, loader],
      [loader, register],
    ]) {
      const args = imports.flatMap((each) => ['--import', `file://${each}`]);
      const said = await run([...args, join(apps, 'mysql2.mjs')], env);
      const canHook = 'registerHooks' in modules;
      assert.equal(answerOf(said)['ours'], canHook);
      if (!canHook) assert.match(said.stderr, /comes from a loader of its own, which needs Node 22\.15/);
    }
  });

  it('says once that mysql2 was loaded too early', async (t) => {
    const program = `import 'mysql2'; await import(${JSON.stringify(`file://${register}`)});
      const { createPool } = await import('mysql2/promise'); const pool = createPool(process.env.DATABASE_URL);
      await pool.query('SELECT 1'); await pool.end(); console.log('{}');`;
    const said = await run(['--input-type=module', '-e', program], await environment(t, 3));
    assert.match(said.stderr, /was loaded before; put --import node-mysqlpool\/register first/);
  });
});

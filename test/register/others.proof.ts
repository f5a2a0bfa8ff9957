import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { startProxy } from '../support/proxy.js';
import { makeTlsFiles } from '../support/servers/certificate.js';
import { freshDatabase, startOwnServer } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { answerOf, register, run } from './child.js';
import { oldProject } from './project.js';

const NOT_IT = /IP: 127\.0\.0\.1 is not in the cert's list/;
const UNREAD = /this version of mysql2 does not know it/;

eachServer('register, where it is not easy', (kind, getServer) => {
  const environment = async (t: TestContext, limit = 3): Promise<NodeJS.ProcessEnv> => {
    const database = await freshDatabase(await getServer());
    t.after(() => database[Symbol.asyncDispose]());
    return { DATABASE_URL: database.url, MYSQLPOOL_MAX_TOTAL: String(limit) };
  };

  for (const version of ['2.3.3', '3.9.7', '3.11.5', '3.15.3']) {
    it(`gives mysql2 ${version}, under another name, our pools`, async (t) => {
      const folder = oldProject();
      const app = join(folder, 'apps/mysql2.cjs');
      const { DATABASE_URL: url, ...limits } = await environment(t);
      await using proxy = await startProxy({ target: await getServer() });
      const env = { ...limits, DATABASE_URL: proxy.url(url!) };
      const said = await run(['--import', register, app, `mysql2-${version}`], env, folder);
      assert.deepEqual(answerOf(said), { failed: 0, isTheirs: true, isLeft: 0, ours: true });
      assert.equal(proxy.most, 3);
    });
  }

  for (const version of ['2.3.3', '3.9.7', '3.11.5', '3.15.3']) {
    it(`leaves out no check of TLS with mysql2 ${version}, or refuses to connect`, async () => {
      await using server = await startOwnServer(kind, { tls: true });
      const TLS_CA = join(server.folder, 'tls', 'ca.pem');
      const open = async (verifyIdentity: boolean): Promise<Record<string, unknown>> => {
        const app = join(oldProject(), 'apps/tls-identity.cjs');
        const args = ['--import', register, app, `mysql2-${version}`, String(verifyIdentity)];
        return answerOf(await run(args, { DATABASE_URL: server.url(), MYSQLPOOL_MAX_TOTAL: '2', TLS_CA }));
      };
      for (const address of ['127.0.0.1', '127.0.0.2']) {
        for (const [file, text] of Object.entries(makeTlsFiles('localhost', address))) {
          writeFileSync(join(server.folder, 'tls', file), text);
        }
        await server.admin(kind === 'mariadb' ? 'FLUSH SSL' : 'ALTER INSTANCE RELOAD TLS');
        for (const verifies of [true, false]) {
          const { misspelt, ...doors } = await open(verifies);
          assert.match(String(misspelt), /unknown option "ssl\.verifyIdentiti"/);
          assert.equal(Object.keys(doors).length, 5);
          const isKnown = version !== '2.3.3';
          const expected =
            !verifies || (isKnown && address === '127.0.0.1') ? /^connected$/ : isKnown ? NOT_IT : UNREAD;
          for (const [door, said] of Object.entries(doors)) assert.match(String(said), expected, door);
        }
      }
    });
  }

  it('says what to do about a bundle, and works with mysql2 external or under an alias', async (t) => {
    const folder = oldProject();
    const env = await environment(t);
    writeFileSync(join(folder, 'apps/entry.cjs'), PLAIN);
    const bundle = async (name: string, ...flags: string[]): Promise<string> => {
      const out = join(folder, 'out', `${name}.cjs`);
      await esbuild(folder, ['apps/entry.cjs', '--bundle', '--platform=node', `--outfile=${out}`, ...flags]);
      return out;
    };
    const bundled = await run(['--import', register, await bundle('bundled')], env, folder);
    assert.match(bundled.stderr, /bundled\.cjs seems to have mysql2 bundled into it; make mysql2 external/);
    assert.deepEqual(answerOf(bundled), { ours: false });
    // Also at a port that nothing has named as MySQL's: by what its server says first.
    writeFileSync(join(folder, 'apps/entry.cjs'), PLAIN.replaceAll('DATABASE_URL', 'SHOP'));
    const { DATABASE_URL: SHOP, ...others } = env;
    const unnamed = await run(['--import', register, await bundle('unnamed')], { ...others, SHOP }, folder);
    assert.match(unnamed.stderr, /unnamed\.cjs seems to have mysql2 bundled into it; make mysql2 external/);
    assert.deepEqual(answerOf(unnamed), { ours: false });
    writeFileSync(join(folder, 'apps/entry.cjs'), PLAIN);
    const external = await run(['--import', register, await bundle('external', '--external:mysql2')], env, folder);
    assert.deepEqual([answerOf(external), external.stderr], [{ ours: true }, '']);
    // The alias needs no register.
    const flags = ['--alias:mysql2=node-mysqlpool/mysql2', '--external:node-mysqlpool'];
    const aliased = await run([await bundle('aliased', ...flags)], env, folder);
    assert.deepEqual([answerOf(aliased), aliased.stderr], [{ ours: true }, '']);
  });

  it('says what to do about Jest, and works with its setupFiles', async (t) => {
    const folder = oldProject();
    const env = { ...(await environment(t)), NODE_OPTIONS: `--import ${JSON.stringify(register)}` };
    const project = join(folder, 'jest');
    mkdirSync(project, { recursive: true });
    writeFileSync(join(project, 'pool.test.js'), `test('asks', async () => {\n${PLAIN}\nawait done;\n});`);
    // A busy machine takes longer than Jest's 5 s.
    const testTimeout = 120_000;
    writeFileSync(join(project, 'package.json'), JSON.stringify({ jest: { testTimeout } }));
    const jest = join(folder, 'node_modules/jest/bin/jest.js');
    const first = await run([jest, '--rootDir', project, '--no-cache'], env, project);
    assert.match(first.stderr, /Jest loads modules by itself; add 'node-mysqlpool\/register' to the setupFiles/);
    assert.match(first.stdout + first.stderr, /"ours":false/);
    const config = JSON.stringify({ rootDir: project, setupFiles: ['node-mysqlpool/register'], testTimeout });
    const second = await run([jest, '--config', config, '--no-cache'], { ...env, NODE_OPTIONS: '' }, project);
    assert.match(second.stdout + second.stderr, /"ours":true/);
  });

  it('works as an override of the package manager, without any flag', async (t) => {
    const folder = oldProject();
    const project = join(folder, 'override');
    const pooled = join(project, 'node_modules/mysql2');
    mkdirSync(pooled, { recursive: true });
    const names = { '.': './index.js', './promise': './promise.js', './package.json': './package.json' };
    writeFileSync(join(pooled, 'package.json'), JSON.stringify({ name: 'mysql2', version: '3.24.6', exports: names }));
    writeFileSync(
      join(pooled, 'index.js'),
      `require('node-mysqlpool/register');\nmodule.exports = require('mysql2-3.15.3');`,
    );
    writeFileSync(
      join(pooled, 'promise.js'),
      `require('node-mysqlpool/register');\nmodule.exports = require('mysql2-3.15.3/promise');`,
    );
    writeFileSync(
      join(project, 'app.mjs'),
      `import { createPool } from 'mysql2';\nimport { createPool as promised } from 'mysql2/promise';\n${PLAIN.replace(/^.*require.*$/m, '')}`,
    );
    const said = await run([join(project, 'app.mjs')], await environment(t), project);
    assert.deepEqual(answerOf(said), { ours: true });
  });
});

/** One query by a pool of mysql2's; tells whether the pool is ours. */
const PLAIN = `const { createPool } = require('mysql2');
const pool = createPool(process.env.DATABASE_URL);
var done = pool.promise().query('SELECT 1').then(() => {
  console.log(JSON.stringify({ ours: 'mysqlpool' in pool }));
  return pool.promise().end();
});`;

function esbuild(folder: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const file = join(folder, 'node_modules/esbuild/bin/esbuild');
    execFile(process.execPath, [file, ...args], { cwd: folder }, (error) =>
      error === null ? resolve() : reject(error),
    );
  });
}

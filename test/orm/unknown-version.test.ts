import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { freshDatabase } from '../support/servers/index.js';
import { sharedServer } from '../support/servers/shared.js';

const run = promisify(execFile);
const root = join(__dirname, '../../..');
const modules = join(root, 'node_modules');

/** The real ORM under a version that nobody has tested, and a script that uses it twice on our pool. */
interface Case {
  readonly name: string;
  readonly packageName: string;
  readonly tested: RegExp;
  readonly script: string;
}

const cases: readonly Case[] = [
  {
    name: 'TypeORM',
    packageName: 'typeorm',
    tested: /with TypeORM 1\.1\.1$/,
    script: `const { mysqlpool } = require('node-mysqlpool/typeorm');
      const { DataSource } = require('typeorm');
      async function once(url) {
        const source = await new DataSource({ type: 'mysql', driver: mysqlpool, url }).initialize();
        const [{ n }] = await source.query('SELECT 42 AS n');
        await source.destroy();
        return n;
      }`,
  },
  {
    name: 'Kysely',
    packageName: 'kysely',
    tested: /with Kysely 0\.28\.18, 0\.29\.9$/,
    script: `const { createPool } = require('node-mysqlpool/kysely');
      const { Kysely, MysqlDialect, sql } = require('kysely');
      async function once(url) {
        const db = new Kysely({ dialect: new MysqlDialect({ pool: createPool(url) }) });
        const { rows: [{ n }] } = await sql\`SELECT 42 AS n\`.execute(db);
        await db.destroy();
        return n;
      }`,
  },
  {
    name: 'Drizzle',
    packageName: 'drizzle-orm',
    tested: /with Drizzle 0\.45\.4$/,
    script: `const { createPool } = require('node-mysqlpool/drizzle');
      const { sql } = require('drizzle-orm');
      const { drizzle } = require(${JSON.stringify(join(modules, 'drizzle-orm/mysql2/index.cjs'))});
      async function once(url) {
        const pool = createPool(url);
        const [[{ n }]] = await drizzle({ client: pool }).execute(sql.raw('SELECT 42 AS n'));
        await pool.promise().end();
        return n;
      }`,
  },
  {
    name: 'MikroORM',
    packageName: '@mikro-orm/core',
    tested: /with MikroORM 6\.6\.16, 7\.2\.1$/,
    script: `const { MysqlPoolDriver } = require('node-mysqlpool/mikro-orm');
      const { EntitySchema, MikroORM } = require('@mikro-orm/mysql');
      const Thing = new EntitySchema({ name: 'Thing', properties: { id: { type: 'number', primary: true } } });
      async function once(clientUrl) {
        const orm = await MikroORM.init({ driver: MysqlPoolDriver, clientUrl, entities: [Thing] });
        const [{ n }] = await orm.em.fork().execute('SELECT 42 AS n');
        await orm.close();
        return n;
      }`,
  },
];

const MAIN = `
  const warnings = [];
  process.on('warning', ({ code, message }) => warnings.push({ code, message }));
  (async () => {
    const answers = [await once(process.argv[2]), await once(process.argv[2])];
    setImmediate(() => console.log(JSON.stringify({ answers, warnings })));
  })();`;

/** A project in which the package says it is version 99, and is the one of the repository otherwise. */
async function projectFor(t: TestContext, { packageName, script }: Case): Promise<string> {
  const parent = join(root, '.build/unknown-version');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'project-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const inside = join(folder, 'node_modules');
  const claimed = join(inside, packageName);
  await mkdir(claimed, { recursive: true });
  await writeFile(
    join(claimed, 'package.json'),
    JSON.stringify({ name: packageName, version: '99.0.1', main: 'main.js' }),
  );
  await writeFile(join(claimed, 'main.js'), `module.exports = require(${JSON.stringify(join(modules, packageName))});`);
  // A copy: behind a link the library would find the packages of the repository.
  for (const part of ['dist', 'package.json']) {
    await cp(join(root, part), join(inside, 'node-mysqlpool', part), { recursive: true });
  }
  for (const name of ['mysql2', '@mikro-orm/mysql']) {
    await mkdir(join(inside, name, '..'), { recursive: true });
    await symlink(join(modules, name), join(inside, name), 'junction');
  }
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'commonjs' }));
  await writeFile(join(folder, 'main.js'), script + MAIN);
  return folder;
}

for (const orm of cases) {
  it(`${orm.name} of an unknown version works, with one warning that names those tested`, async (t) => {
    await using database = await freshDatabase(await sharedServer('mariadb'));
    const folder = await projectFor(t, orm);
    const { stdout } = await run(process.execPath, ['main.js', database.url], { cwd: folder });
    const { answers, warnings } = JSON.parse(stdout.trim().split('\n').at(-1)!) as {
      answers: number[];
      warnings: { code: string; message: string }[];
    };
    assert.deepEqual(answers, [42, 42]);
    assert.deepEqual(warnings.map(({ code }) => code), ['MYSQLPOOL_ORM_VERSION']); // prettier-ignore
    assert.match(warnings[0]!.message, new RegExp(`^${orm.name} 99\\.0\\.1 is in use`));
    assert.match(warnings[0]!.message, orm.tested);
  });
}

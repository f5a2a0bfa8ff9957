import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { it } from 'node:test';
import { Sequelize } from 'sequelize';
import { knex as knexFactory } from 'knex';
import { createPool } from 'node-mysqlpool';
import { createPool as createDrizzlePool } from 'node-mysqlpool/drizzle';
import { MysqlPoolClient } from 'node-mysqlpool/knex';
import { createPool as createKyselyPool } from 'node-mysqlpool/kysely';
import { createPool as createFacadePool, createPoolCluster } from 'node-mysqlpool/mysql2';
import { createPool as createPromisePool } from 'node-mysqlpool/mysql2/promise';
import { PrismaMysqlPool } from 'node-mysqlpool/prisma';
import { mysqlpool } from 'node-mysqlpool/typeorm';
import { TLS_OPTION_NAMES } from '#internal/mysql/tls-options.js';
import { clean, fileWith } from '../settings/support/settings.js';
import { configure, connections } from 'node-mysqlpool/settings';
import 'node-mysqlpool/sequelize';

/** Wrong names in `ssl`, and the hint in the message for each. */
const WRONG: readonly (readonly [name: string, hint: RegExp])[] = [
  ['verify_identity', /did you mean "verifyIdentity"/],
  ['rejectUnauthorised', /did you mean "rejectUnauthorized"/],
  ['rejectUnAuthorized', /did you mean "rejectUnauthorized"/],
  ['check_hostname', /here it is verifyIdentity/],
  ['cipher', /here it is ciphers/],
  ['min_version', /did you mean "minVersion"/],
  ['checkServerIdentity', /verifyIdentity: true compares/],
  ['crl', /does not look for revoked certificates/],
  ['pfx', /give cert and key/],
  ['constructor', /unknown option/],
  ['whatever', /unknown option/],
];

type Door = (options: object) => unknown;

/** All entry points that check connection options when a pool is created. */
const DOORS: Readonly<Record<string, Door>> = {
  createPool: (options) => createPool(options),
  'createPool with a URL': (options) => createPool('mysql://me@127.0.0.1:1/shop', options),
  'the URL itself': ({ ssl }: { ssl?: unknown }) => createPool(`mysql://me@127.0.0.1:1/?ssl=${inUrl(ssl)}`),
  "mysql2's createPool": (options) => createFacadePool(options),
  "mysql2's createPool with a URL": ({ ssl }: { ssl?: unknown }) =>
    createFacadePool(`mysql://me@127.0.0.1:1/?ssl=${inUrl(ssl)}`),
  "mysql2's createPool with promises": (options) => createPromisePool(options),
  "mysql2's cluster": (options) => createPoolCluster().add('one', options),
  TypeORM: (options) => mysqlpool.createPool(options),
  Drizzle: (options) => createDrizzlePool(options),
  Kysely: (options) => createKyselyPool(options),
  Prisma: (options) => new PrismaMysqlPool(options),
};

const inUrl = (value: unknown): string => encodeURIComponent(JSON.stringify(value));

for (const [door, open] of Object.entries(DOORS)) {
  it(`${door}: a name in ssl that leaves a check out is refused`, () => {
    for (const [name, hint] of WRONG) {
      const refused = { code: 'POOL_OPTION', option: `ssl.${name}`, message: hint };
      assert.throws(() => open({ ssl: { [name]: true } }), refused, name);
      assert.throws(() => open({ ssl: { ca: 'x', [name]: null } }), /unknown option/, name);
    }
  });
}

it('what ssl only inherits is refused, since copies would lack it', () => {
  class Tls {
    readonly ca = 'x';
    get verifyIdentity(): boolean {
      return true;
    }
    describe(): string {
      return this.ca;
    }
  }
  const inherits = Object.assign(Object.create({ verifyIdentity: true }) as object, { ca: 'x' });
  const misspelt = Object.assign(Object.create({ verify_identity: true }) as object, { ca: 'x' });
  for (const [door, open] of Object.entries(DOORS)) {
    // JSON in a URL inherits nothing.
    if (door === 'the URL itself' || door === "mysql2's createPool with a URL") continue;
    for (const ssl of [new Tls(), inherits, misspelt])
      assert.throws(() => open({ host: '127.0.0.1', port: 1, ssl }), /ssl\.verify_?[iI]dentity is inherited/, door);
  }
});

it('ssl itself counts also if it is inherited, as with mysql2', () => {
  class Options {
    readonly host = '127.0.0.1';
    readonly port = 1;
    get ssl(): object {
      return { verify_identity: true };
    }
  }
  for (const open of [createPool, createFacadePool, createPromisePool] as Door[])
    assert.throws(() => open(new Options()), { code: 'POOL_OPTION', option: 'ssl.verify_identity' });
});

it('every name that mysql2 reads is taken', () => {
  const ssl = Object.fromEntries(TLS_OPTION_NAMES.map((name) => [name, undefined]));
  for (const open of Object.values(DOORS)) open({ ssl });
  createPool({ ssl: 'Amazon RDS' });
});

it('mysql2 reads these names of ssl and no other', () => {
  const load = createRequire(createRequire(__filename).resolve('mysql2'));
  const { Connection } = load('./index.js') as { readonly Connection: { prototype: object } };
  const read = new Set<string>();
  const ssl = new Proxy({}, { get: (_, name) => void read.add(String(name)) });
  const fake = Object.assign(Object.create(Connection.prototype) as object, {
    config: { ssl, host: 'localhost' },
    stream: { removeAllListeners: () => undefined },
  });
  assert.throws(() => (fake as unknown as { startTLS(done: () => void): void }).startTLS(() => undefined), TypeError);
  assert.deepEqual(
    [...read].filter((name) => !(TLS_OPTION_NAMES as readonly string[]).includes(name)),
    [],
  );
  assert.deepEqual(
    TLS_OPTION_NAMES.filter((name) => !read.has(name)),
    [],
  );
});

it('settings: a name in ssl that leaves a check out is refused, from wherever it comes', (t) => {
  const refused = (hint: RegExp): object => ({ name: 'SettingsError', message: hint });
  for (const [name, hint] of WRONG.filter(([wrong]) => !['check_hostname', 'cipher'].includes(wrong))) {
    const DATABASES = { default: { OPTIONS: { ssl: { [name]: true } } } };
    clean(t);
    assert.throws(() => configure({ DATABASES }), refused(hint), name);
    clean(t, { MYSQLPOOL_DATABASES: JSON.stringify(DATABASES) });
    assert.throws(() => connections.default, refused(hint), name);
    clean(t, { MYSQLPOOL_CONFIG: fileWith(t, 'settings.json', JSON.stringify({ DATABASES })) });
    assert.throws(() => connections.default, refused(hint), name);
    clean(t, { DATABASE_URL: `mysql://me@127.0.0.1:1/shop?ssl=${inUrl({ [name]: true })}` });
    assert.throws(() => connections.default, refused(hint), name);
  }
});

const nowhere = { host: '127.0.0.1', port: 1, user: 'me', ssl: { verify_identity: true } };

it('Knex and Sequelize, which make connections themselves, are told when they make the first', async (t) => {
  const knex = knexFactory({ client: MysqlPoolClient, connection: nowhere });
  t.after(() => knex.destroy());
  await assert.rejects(knex.raw('SELECT 1'), /unknown option "ssl\.verify_identity" \(did you mean "verifyIdentity"/);

  const { ssl, ...address } = nowhere;
  const sequelize = new Sequelize({ dialect: 'mysql', ...address, dialectOptions: { ssl }, logging: false });
  t.after(() => sequelize.close());
  await assert.rejects(sequelize.query('SELECT 1'), /unknown option "ssl\.verify_identity"/);
});

it('with the import hook, an application that uses mysql2 is told as well', () => {
  const program = `
    const mysql2 = require('mysql2');
    try { mysql2.createPool(${JSON.stringify(nowhere)}); } catch (error) { console.log(error.code, error.option); }`;
  const { stdout } = spawnSync(process.execPath, ['--require', 'node-mysqlpool/register', '--eval', program], {
    encoding: 'utf8',
  });
  assert.equal(stdout, 'POOL_OPTION ssl.verify_identity\n');
});

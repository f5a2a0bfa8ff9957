import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { promisify } from 'node:util';
import { knex } from 'knex';
import { createPool, type Logger } from 'node-mysqlpool';
import { MysqlPoolClient } from 'node-mysqlpool/knex';
import { createPool as createFacadePool } from 'node-mysqlpool/mysql2/promise';
import { openPools } from 'node-mysqlpool/pool';
import { closeAll, connections } from 'node-mysqlpool/settings';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { use } from '../settings/support/settings.js';

type Fields = Readonly<Record<string, unknown>>;

/** A logger that keeps its lines. */
function keeping(): { readonly logger: Logger; readonly told: { level: string; fields: Fields; text: string }[] } {
  const told: { level: string; fields: Fields; text: string }[] = [];
  const at = (level: string) => (fields: Fields, text: string) => void told.push({ level, fields, text });
  return { logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }, told };
}

eachServer('option logger', (_, getServer) => {
  const events = (told: ReturnType<typeof keeping>['told']): string[] =>
    told.map(({ fields }) => String(fields['event']));
  const ONE_LOAN = [
    'poolOpened',
    'opening',
    'waiting',
    'opened',
    'acquired',
    'released',
    'poolClosing',
    'closed',
    'poolClosed',
  ];

  it('tells of a pool, of one with the interface of mysql2, and of one whose connections an ORM makes', async (t) => {
    const uri = (await getServer()).url();
    const own = keeping();
    const pool = createPool(uri, { logger: own.logger });
    await pool.query('SELECT 1');
    await pool.close();
    assert.deepEqual(events(own.told).toSorted(), ONE_LOAN.toSorted());

    const facade = keeping();
    const like = createFacadePool({ uri, logger: facade.logger });
    await like.query('SELECT 1');
    await like.end();
    assert.deepEqual(events(facade.told).toSorted(), ONE_LOAN.toSorted());

    const orm = keeping();
    const db = knex({ client: MysqlPoolClient, connection: uri, pool: { min: 0, mysqlpool: { logger: orm.logger } } });
    t.after(() => db.destroy());
    await db.raw('SELECT 1');
    await db.destroy();
    assert.deepEqual(events(orm.told).toSorted(), ONE_LOAN.toSorted());
    assert.equal(orm.told.find(({ fields }) => fields['event'] === 'acquired')?.fields['label'], 'knex');
  });

  it('of the settings is that of all pools', async (t) => {
    const { told, logger } = keeping();
    use(t, { DATABASES: { default: (await getServer()).url() }, MYSQLPOOL_ARGUMENTS: { logger } });
    await connections.default.query('SELECT 1');
    await closeAll();
    assert.deepEqual(events(told).toSorted(), ONE_LOAN.toSorted());
    assert.equal(told[0]?.fields['pool'], 'default');
  });

  it('has what needs a person as an error, and no password anywhere', async (t) => {
    const { host, port } = await getServer();
    const { told, logger } = keeping();
    const pool = createPool({ host, port, user: 'nobody', password: 'hunter2', logger });
    t.after(() => pool.close());
    await assert.rejects(pool.query("SELECT 'secret'"), { code: 'POOL_CONNECT' });
    const failed = told.find(({ fields }) => fields['event'] === 'acquireFailed');
    assert.equal(failed?.level, 'error');
    assert.match(failed.text, /^a caller got none after .* ms: .*: cannot connect, .*Access denied for user 'nobody'/);
    assert.equal(failed.fields['code'], 'POOL_CONNECT');
    assert.doesNotMatch(JSON.stringify(told), /hunter2|secret/);
  });

  it('keeps the values of a statement out, whatever the borrower gives as the reason', async (t) => {
    const { told, logger } = keeping();
    const pool = createPool((await getServer()).url(), { logger });
    t.after(() => pool.close());
    const lease = await pool.acquire();
    const error: unknown = await lease
      .query("SELECT * FROM nowhere.users WHERE name = 'secret'")
      .catch((e: unknown) => e);
    lease.destroy(error);
    await until(() => events(told).includes('closed'));
    const { fields, text } = told.find((line) => line.fields['event'] === 'closed')!;
    assert.match(text, /^connection 1 closed \(destroyed\): ER_[A-Z_]+$/);
    assert.equal(fields['error'], fields['code']);
    assert.doesNotMatch(JSON.stringify(told), /secret|nowhere/);
  });

  it('NODE_DEBUG=mysqlpool writes everything of every pool to stderr', async () => {
    const uri = (await getServer()).url();
    const script = `
      const { createPool } = require('node-mysqlpool');
      const { MysqlPoolClient } = require('node-mysqlpool/knex');
      const db = require('knex').knex({ client: MysqlPoolClient, connection: process.env.URI, pool: { name: 'orm' } });
      const pool = createPool(process.env.URI, { name: 'own' });
      Promise.all([pool.query('SELECT 1'), db.raw('SELECT 1')]).then(() => Promise.all([pool.close(), db.destroy()]));`;
    const run = async (debug: string): Promise<string> => {
      const env = { ...process.env, NODE_DEBUG: debug, URI: uri };
      const { stdout, stderr } = await promisify(execFile)(process.execPath, ['-e', script], { env });
      assert.equal(stdout, '');
      return stderr;
    };
    const stderr = await run('mysqlpool');
    for (const name of ['own', 'orm'])
      for (const text of [
        'open',
        'connection 1 opened in ',
        'connection 1 lent',
        'connection 1 closed (closed)',
        'closed',
      ]) {
        assert.ok(stderr.includes(`: mysqlpool ${name}: ${text}`), stderr);
      }
    assert.match(stderr, /^MYSQLPOOL \d+: mysqlpool own: open$/m);
    assert.equal(await run(''), '');
  });
});

it('a logger that is none is refused, and nothing is left of the pool', (t) => {
  const before = openPools().length;
  const half = { info: () => undefined, debug: () => undefined };
  const wanted =
    'expected console, or an object with the functions debug, info, warn, error, such as a logger of pino, got';
  for (const [logger, got] of [
    [half, 'an object without warn, error'],
    [true, 'true'],
    ['console', '"console"'],
  ] as const) {
    const bad = logger as unknown as Logger;
    const refusal = { code: 'POOL_OPTION', option: 'logger' };
    assert.throws(() => createPool({ name: 'shop', logger: bad }), {
      ...refusal,
      message: `shop: option "logger": ${wanted} ${got}`,
    });
    assert.throws(() => createFacadePool({ logger: bad }), refusal);
    const pool = { mysqlpool: { logger: bad } };
    assert.throws(() => knex({ client: MysqlPoolClient, connection: {}, pool }), refusal);
    assert.throws(() => use(t, { DATABASES: {}, MYSQLPOOL_ARGUMENTS: { logger: bad } }), {
      code: 'SETTINGS_INVALID',
      message: `MYSQLPOOL_ARGUMENTS.logger: ${wanted} ${got}`,
    });
  }
  assert.equal(openPools().length, before);
});

it('the option stands in docs/options.md', () => {
  assert.match(readFileSync('docs/options.md', 'utf8'), /^\| `logger` \| none \|/m);
});

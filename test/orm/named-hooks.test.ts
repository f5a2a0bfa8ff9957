import assert from 'node:assert/strict';
import { it } from 'node:test';
import { callbackify } from 'node:util';
import { createPool, type MysqlPool } from 'node-mysqlpool';
import { createPool as createMysql2Pool } from 'node-mysqlpool/mysql2';
import type { PoolEvents } from 'node-mysqlpool/pool';
import { attach } from '#internal/log/attach.js';
import { eachServer } from '../support/servers/shared.js';
import { nextEvent } from '../mysql/support.js';
import { databaseFor } from './support/database.js';
import { knexWith, kyselyWith, sequelize7With, sequelizeWith, type Opened } from './support/hooked-orms.js';
import type { OrmOptions } from './support/orm-driver.js';

/** The application's own code: it throws, or never ends. */
type Hook = () => Promise<never>;
type Open = (options: OrmOptions, hook: Hook) => Opened;

// Short (ms): so long is waited for a hook that never ends.
const CONNECT = 300;
const TIMES = { connectTimeout: CONNECT, acquireTimeout: 5_000, failFast: true, maxSize: 1 };
const IN_POOL = { acquire: 5_000, mysqlpool: { connectTimeout: CONNECT } };

const own =
  (option: 'password' | 'onConnect'): Open =>
  ({ url }, hook) => {
    const pool = createPool(url, { ...TIMES, [option]: hook });
    return { pool, query: () => pool.query('SELECT 1'), close: () => pool.close({ timeout: 0 }) };
  };

const dropIn =
  (option: 'password' | 'onConnect'): Open =>
  ({ url: uri }, hook) => {
    const pool = createMysql2Pool({ uri, ...TIMES, [option]: hook });
    const { mysqlpool } = pool;
    return {
      pool: mysqlpool,
      query: () => pool.promise().query('SELECT 1'),
      close: () => mysqlpool.close({ timeout: 0 }),
    };
  };

function knexAfterCreate(options: OrmOptions, afterCreate: Hook): Opened {
  const times = { createTimeoutMillis: CONNECT, acquireTimeoutMillis: 5_000 };
  return knexWith(options, () => undefined, { ...times, afterCreate: callbackify(afterCreate) });
}

const sequelize6 =
  (name: 'beforeConnect' | 'afterConnect' | 'beforePoolAcquire' | 'afterPoolAcquire'): Open =>
  (options, hook) => {
    const [sequelize, opened] = sequelizeWith(options, IN_POOL);
    sequelize.addHook(name, hook);
    return opened;
  };

const sequelize7 =
  (name: 'beforeConnect' | 'afterConnect' | 'beforePoolAcquire' | 'afterPoolAcquire'): Open =>
  (options, hook) => {
    const [sequelize, opened] = sequelize7With(options, IN_POOL);
    sequelize.hooks.addListener(name, hook);
    return opened;
  };

/** Hooks that run while a connection is opened: what each is called, and who calls it. */
const OPENING: Readonly<Record<string, readonly [hook: string, open: Open]>> = {
  'createPool, password': ['password', own('password')],
  'createPool, onConnect': ['onConnect', own('onConnect')],
  'drop-in, password': ['password', dropIn('password')],
  'drop-in, onConnect': ['onConnect', dropIn('onConnect')],
  'Knex, afterCreate': ['pool.afterCreate', knexAfterCreate],
  'Knex, connection': [
    'connection',
    (options, hook) => knexWith(options, hook, { createTimeoutMillis: CONNECT, acquireTimeoutMillis: 5_000 }),
  ],
  'Sequelize 6, beforeConnect': ['beforeConnect', sequelize6('beforeConnect')],
  'Sequelize 6, afterConnect': ['afterConnect', sequelize6('afterConnect')],
  'Sequelize 7, beforeConnect': ['beforeConnect', sequelize7('beforeConnect')],
  'Sequelize 7, afterConnect': ['afterConnect', sequelize7('afterConnect')],
};

/** Hooks that run when there is a connection, or when one is asked for. */
const LENDING: Readonly<Record<string, readonly [hook: string, open: Open]>> = {
  'Sequelize 6, pool.validate': [
    'pool.validate',
    (options, hook) => sequelizeWith(options, { ...IN_POOL, validate: hook })[1],
  ],
  'Sequelize 7, pool.validate': [
    'pool.validate',
    (options, hook) => sequelize7With(options, { ...IN_POOL, validate: hook })[1],
  ],
  'Sequelize 6, beforePoolAcquire': ['beforePoolAcquire', sequelize6('beforePoolAcquire')],
  'Sequelize 7, beforePoolAcquire': ['beforePoolAcquire', sequelize7('beforePoolAcquire')],
  'Sequelize 6, afterPoolAcquire': ['afterPoolAcquire', sequelize6('afterPoolAcquire')],
  'Sequelize 7, afterPoolAcquire': ['afterPoolAcquire', sequelize7('afterPoolAcquire')],
  'Kysely, keep': [
    'hook that was given to keep',
    (options, hook) => kyselyWith(options, (pool) => ({ onCreateConnection: pool.keep(hook) })),
  ],
  'Kysely, guard': [
    'hook that was given to guard',
    (options, hook) => kyselyWith(options, (pool) => ({ onReserveConnection: pool.guard(hook) })),
  ],
};

/** An error of a class and with a code of the application's own. */
class VaultError extends Error {
  readonly code = 'VAULT_SEALED';
}

/** What the caller of a query is told. */
const failureOf = (opened: Opened): Promise<Error> =>
  opened.query().then(
    () => assert.fail('the query went through'),
    (error: Error) => error,
  );

/** An error and all that is below it. */
function* chainOf(error: unknown): Generator<Error> {
  for (let at = error; at instanceof Error; at = at.cause ?? (at as { readonly parent?: unknown }).parent) yield at;
}

const failuresOf = (opened: Opened): PoolEvents['openFailed'][] => {
  const failures: PoolEvents['openFailed'][] = [];
  (opened.pool as MysqlPool).on('openFailed', (failure) => failures.push(failure));
  return failures;
};

eachServer("a hook of the application's is named", (_kind, getServer) => {
  for (const [door, [hook, open]] of Object.entries({ ...OPENING, ...LENDING })) {
    it(`when it throws, and its error stays what it is: ${door}`, async (t) => {
      const options = await databaseFor(t, await getServer());
      const thrown = new VaultError('the vault is sealed');
      const opened = open(options, () => Promise.reject(thrown));
      options.closeFirst(opened.close);
      const failures = failuresOf(opened);
      const told = await failureOf(opened);
      const found = [...chainOf(told)].find((error) => error instanceof VaultError);
      assert.equal(found, thrown);
      assert.deepEqual(
        [thrown.code, thrown.message, thrown.name, Object.keys(thrown)],
        ['VAULT_SEALED', 'the vault is sealed', 'Error', ['code']],
      );
      const line = `    at the application's ${hook}`;
      assert.equal(thrown.stack!.split('\n').at(-1), line);
      // Whoever asks again is told the same error, which is marked once.
      await failureOf(opened);
      assert.equal(thrown.stack!.split(line).length, 2);
      if (Object.hasOwn(OPENING, door)) assert.equal(failures[0]!.hook, hook);
    });
  }

  for (const [door, [hook, open]] of Object.entries(OPENING)) {
    it(`when it never ends: ${door}`, async (t) => {
      const options = await databaseFor(t, await getServer());
      const opened = open(options, () => new Promise(() => undefined));
      options.closeFirst(opened.close);
      const failures = failuresOf(opened);
      const told = await failureOf(opened);
      const late = [...chainOf(told)].find((error) => (error as { code?: unknown }).code === 'POOL_OPERATION_TIMEOUT')!;
      assert.equal(late.stack!.split('\n').at(-1), `    at the application's ${hook}`);
      assert.equal(failures[0]!.hook, hook);
    });
  }

  it('when it fails as a connection is cleaned', async (t) => {
    const options = await databaseFor(t, await getServer());
    let isSealed = false;
    const thrown = new VaultError('the vault is sealed');
    const pool = createPool(options.url, {
      ...TIMES,
      reset: 'session',
      onConnect: () => {
        if (isSealed) throw thrown;
      },
    });
    options.closeFirst(() => pool.close({ timeout: 0 }));
    const lines: string[] = [];
    attach(pool, {
      wants: () => true,
      write: (_level, fields, text) => void (fields.event === 'closed' && lines.push(text)),
    });
    const lease = await pool.acquire();
    isSealed = true;
    const closed = nextEvent(pool, 'closed');
    lease.release();
    // It is cleaned for whoever comes next.
    await assert.rejects(pool.acquire(), { cause: thrown });
    await closed;
    assert.equal(lines.at(-1), "connection 1 closed (unclean): in the application's onConnect: the vault is sealed");
  });

  it('in what the pool itself says: errors, and callers who have less time than the dial', async (t) => {
    const options = await databaseFor(t, await getServer());
    const failing = own('onConnect')(options, () => Promise.reject(new VaultError('the vault is sealed')));
    const hanging = own('password')(options, () => new Promise(() => undefined));
    options.closeFirst(failing.close);
    options.closeFirst(hanging.close);
    assert.match(
      (await failureOf(failing)).message,
      /an attempt to connect failed, .+: in the application's onConnect: the vault is sealed$/,
    );
    await assert.rejects((hanging.pool as MysqlPool).acquire({ timeout: 50 }), {
      code: 'POOL_ACQUIRE_TIMEOUT',
      message: /\(connecting, in the application's password; /,
    });
  });
});

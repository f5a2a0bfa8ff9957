import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { createPool, type MysqlPoolOptions } from 'node-mysqlpool';
import { parseUrl } from '#internal/mysql/url.js';
import { splitOptions } from '#internal/api/options.js';

const SECRET = 's3cr&t/p@ss';

describe('the URL', () => {
  const cases: Record<string, object> = {
    'mysql://app:secret@db:3307/shop': { host: 'db', port: 3307, user: 'app', password: 'secret', database: 'shop' },
    'mysql://db': { host: 'db' },
    'mariadb://db/shop': { host: 'db', database: 'shop' },
    'mysql://a%40b:p%2Fw%3A%25@db/my%20shop': { host: 'db', user: 'a@b', password: 'p/w:%', database: 'my shop' },
    'mysql://[::1]:3306/shop': { host: '::1', port: 3306, database: 'shop' },
    'mysql://db/?maxSize=5&charset=utf8mb4&ssl={"rejectUnauthorized":false}&timezone=%2B02:00': {
      host: 'db',
      maxSize: 5,
      charset: 'utf8mb4',
      ssl: { rejectUnauthorized: false },
      timezone: '+02:00',
    },
    'mysql://app@localhost/?socketPath=/run/mysqld.sock': {
      host: 'localhost',
      user: 'app',
      socketPath: '/run/mysqld.sock',
    },
  };
  for (const [url, options] of Object.entries(cases)) it(url, () => assert.deepEqual(parseUrl(url), options));

  it('that is none is refused without being shown', () => {
    for (const url of [
      `mysql://app:${SECRET}#@db`,
      `${'http'}://app:x${encodeURIComponent(SECRET)}@db`,
      'mysql://app:%zz-secret@db',
      // Without the slashes, all of it would be taken for the name of a database on this machine.
      `mysql:/app:${encodeURIComponent(SECRET)}@db/shop`,
      `mysql:app:${encodeURIComponent(SECRET)}@db/shop`,
      SECRET,
      '',
    ]) {
      assert.throws(
        () => createPool(url),
        (error: Error & { code: string; option: string }) => {
          assert.deepEqual([error.code, error.option], ['POOL_OPTION', 'url']);
          assert.doesNotMatch(inspect(error), /s3cr|zz-secret/);
          return true;
        },
      );
    }
  });
});

describe('options', () => {
  const refused = (options: object, message: RegExp): void =>
    assert.throws(() => createPool(options as MysqlPoolOptions), { code: 'POOL_OPTION', message });

  it('of nobody are refused, with the nearest of all that are known', () => {
    refused({ maxsize: 5 }, /unknown option "maxsize" \(did you mean "maxSize"\?\)/);
    refused({ pasword: SECRET }, /unknown option "pasword" \(did you mean "password"\?\)/);
    refused({ databse: 'x' }, /did you mean "database"/);
    refused({ name: 'orders', zzz: 1 }, /^orders: unknown option "zzz"$/);
    refused({ toString: 1 }, /unknown option "toString"/);
  });

  it("of mysql2's pool are told in our words", () => {
    refused({ connectionLimit: 5 }, /connectionLimit is mysql2's name; here it is maxSize/);
    refused({ queueLimit: 5 }, /queueLimit is mysql2's name; here it is maxWaiters/);
    refused({ waitForConnections: true }, /acquireTimeout: 0/);
    refused({ resetOnRelease: true }, /reset/);
  });

  it('that do not apply are told in one message, all of them', () => {
    refused(
      { connectionLimit: 5, maxsize: 5, queueLimit: 0, host: 'db', waitForConnections: true },
      new RegExp(
        [
          "connectionLimit is mysql2's name; here it is maxSize",
          'unknown option "maxsize" .did you mean "maxSize"..',
          "queueLimit is mysql2's name; here it is maxWaiters",
          "waitForConnections is mysql2's name; here, acquireTimeout: 0 means not to wait$",
        ].join('; also, '),
      ),
    );
  });

  it('of the wrong type are refused, and no secret is shown', () => {
    refused({ password: 5 }, /option "password": expected a text or a function, got a number$/);
    refused({ onConnect: 'SET x' }, /option "onConnect": expected a function, got a text$/);
    refused({ logger: true }, /such as a logger of pino, got true$/);
    refused({ maxSize: 0 }, /maxSize/);
    assert.throws(
      () => createPool(5 as unknown as string),
      /expected a URL as a text or an object of options, got a number$/,
    );
    assert.throws(() => createPool(null as unknown as string), { code: 'POOL_OPTION', message: /got null$/ });
    assert.throws(() => createPool([] as unknown as string), { code: 'POOL_OPTION', message: /got a list$/ });
    const url = new URL(`mysql://app:${encodeURIComponent(SECRET)}@db`);
    assert.throws(() => createPool(url as unknown as string), { code: 'POOL_OPTION', message: /give its href$/ });
    refused({ uri: 5 }, /option "uri": expected a text, got a number$/);
  });

  it('of a connection that mysql2 would change in silence, or refuse at each dial, are refused at once', () => {
    for (const port of ['abc', '3306x', -5, 0, 70_000, Number.NaN])
      refused({ port }, /option "port": expected a port from 1/);
    for (const name of ['host', 'user', 'database', 'charset']) {
      refused({ [name]: 5 }, new RegExp(`option "${name}": expected a text, got 5`));
    }
    assert.equal(splitOptions({ port: '3307' } as unknown as MysqlPoolOptions).driver.port, '3307');
  });

  it('by the names that other pools and drivers have are told in ours', () => {
    for (const [other, ours] of [
      ['username', 'user'],
      ['max', 'maxSize'],
      ['min', 'minIdle'],
      ['timeout', 'acquireTimeout'],
      ['connection_limit', 'maxSize'],
      ['maximumPoolSize', 'maxSize'],
      ['characterEncoding', 'charset'],
      ['serverTimezone', 'timezone'],
    ]) {
      refused({ [other!]: 5 }, new RegExp(`unknown option "${other}" \\(did you mean "${ours}"\\?\\)`));
    }
    for (const [other, what] of [
      ['pool_timeout', /: here it is acquireTimeout, in ms$/],
      ['socket_timeout', /: a statement has a limit of its own: pool\.query\(\{ sql, timeout \}\)$/],
      ['connection', /: it has no options inside; those of the connection and of the pool stand side by side/],
      ['retries', /: connecting is tried again .* pool\.transaction\(fn, \{ retry \}\)$/],
      ['retry', /: connecting is tried again/],
      ['init_command', /: send it from onConnect/],
    ] as const) {
      refused({ [other]: 5 }, new RegExp(`unknown option "${other}"${what.source}`));
    }
    for (const name of ['ssl-mode', 'sslmode', 'sslMode', 'useSSL', 'sslaccept']) {
      const make = () => createPool(`mysql://app@db/shop?${name}=required`);
      assert.throws(make, { code: 'POOL_OPTION', option: name, message: /: TLS is the option ssl: .*\?ssl=\{\}$/ });
    }
    assert.deepEqual(splitOptions('mysql://app@db/shop?ssl={}').driver.ssl, {});
  });

  it('are told apart: ours never reach mysql2', () => {
    const { engine, driver, password } = splitOptions('mysql://app:secret@db/shop?maxSize=3&decimalNumbers=true', {
      maxIdle: 2,
      idleTimeout: 5_000,
      connectTimeout: 700,
      poolClass: 'QueuePool',
      onConnect: () => undefined,
      multipleStatements: true,
    });
    assert.deepEqual(engine, {
      maxSize: 3,
      maxIdle: 2,
      idleTimeout: 5_000,
      connectTimeout: 700,
      poolClass: 'QueuePool',
    });
    assert.deepEqual(driver, {
      host: 'db',
      user: 'app',
      database: 'shop',
      decimalNumbers: true,
      multipleStatements: true,
    });
    assert.equal(password, 'secret');
  });

  it('win over the URL, and an undefined one does not count', () => {
    const { driver, engine } = splitOptions({
      uri: 'mysql://db/shop?maxSize=3',
      database: 'other',
      user: undefined,
    } as unknown as MysqlPoolOptions);
    assert.deepEqual([driver, engine], [{ host: 'db', database: 'other' }, { maxSize: 3 }]);
  });

  it('are copied as they are declared, so that hidden ones stay hidden', () => {
    const options = Object.defineProperty({ host: 'db' }, 'password', { value: SECRET, enumerable: false });
    const hidden = Object.defineProperty({ host: 'db' }, 'password2', { value: SECRET, enumerable: false });
    assert.equal(splitOptions(options).password, SECRET);
    const { driver } = splitOptions(hidden as MysqlPoolOptions);
    assert.equal(driver.password2, SECRET);
    assert.doesNotMatch(inspect(driver), /s3cr/);
  });

  it('are not changed, also not those for TLS', () => {
    const options = Object.freeze({ host: 'db', ssl: Object.freeze({}) });
    const { driver } = splitOptions(options);
    assert.notEqual(driver.ssl, options.ssl);
    assert.deepEqual(options, { host: 'db', ssl: {} });
  });

  it('with a secret are never printed with the pool', () => {
    const pool = createPool({ host: 'db', user: 'app', password: SECRET, password2: SECRET });
    assert.doesNotMatch(inspect(pool, { depth: 10, showHidden: true }), /s3cr/);
    assert.doesNotMatch(JSON.stringify([pool, pool.stats(), pool.options]), /s3cr/);
  });
});

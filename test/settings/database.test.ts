import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readDatabase } from '#internal/settings/database.js';
import { fileWith } from './support/settings.js';

const PATH = 'DATABASES.default';
const read = (entry: unknown) => readDatabase(PATH, entry);
const driver = (entry: unknown): Record<string, unknown> => ({ ...read(entry).driver });
const options = (given: object): Record<string, unknown> => {
  const { host: _, port: __, ...rest } = driver({ OPTIONS: given });
  return rest;
};
const setUp = (given: object): readonly string[] => read({ OPTIONS: given }).setUp;

describe('a DATABASES entry', () => {
  it('is taken as Django writes it', () => {
    const entry = {
      ENGINE: 'django_mysqlpool.backends.mysqlpool',
      NAME: 'shop',
      USER: 'app',
      PASSWORD: 'secret',
      HOST: 'db.internal',
      PORT: '3307',
      ATOMIC_REQUESTS: false,
      AUTOCOMMIT: true,
      CONN_MAX_AGE: 0,
      CONN_HEALTH_CHECKS: true,
      TIME_ZONE: null,
      DISABLE_SERVER_SIDE_CURSORS: false,
      TEST: { NAME: 'test_shop', CHARSET: 'utf8mb4' },
      OPTIONS: { charset: 'utf8mb4' },
    };
    assert.deepEqual(driver(entry), {
      database: 'shop',
      user: 'app',
      password: 'secret',
      host: 'db.internal',
      port: 3307,
      charset: 'utf8mb4',
    });
  });

  it('may leave everything out, or empty', () => {
    assert.deepEqual(driver({}), { host: 'localhost', port: 3306 });
    const empty = { ENGINE: 'mysqlpool', NAME: '', USER: '', PASSWORD: '', HOST: '', PORT: '', OPTIONS: {} };
    assert.deepEqual(driver(empty), { host: 'localhost', port: 3306 });
    assert.equal(driver({ PORT: 3308 })['port'], 3308);
  });

  it('means a socket when its host is a path', () => {
    assert.deepEqual(driver({ HOST: '/run/mysqld/mysqld.sock', PORT: '' }), { socketPath: '/run/mysqld/mysqld.sock' });
  });

  it('takes a function for a password', () => {
    const password = (): string => 'now';
    assert.equal(driver({ PASSWORD: password })['password'], password);
  });

  it('stores times in UTC when it says so', () => {
    assert.equal(driver({ TIME_ZONE: 'UTC' })['timezone'], 'Z');
  });

  it('may be a URL', () => {
    assert.deepEqual(driver('mysql://app:se%3Acret@db:3307/shop?charset=utf8mb4'), {
      database: 'shop',
      user: 'app',
      password: 'se:cret',
      host: 'db',
      port: 3307,
      charset: 'utf8mb4',
    });
    assert.deepEqual(driver('mysql://app@db/'), { user: 'app', host: 'db', port: 3306 });
  });

  const REFUSALS: readonly (readonly [entry: unknown, message: string])[] = [
    [7, `${PATH}: expected an object, got 7`],
    [{ ENGIN: 'mysqlpool' }, `${PATH}.ENGIN: unknown setting (did you mean "ENGINE"?)`],
    [{ host: 'db' }, `${PATH}.host: unknown setting (did you mean "HOST"?)`],
    [{ 'a b': 1 }, `${PATH}["a b"]: unknown setting`],
    [
      { ENGINE: 'django.db.backends.mysql' },
      `${PATH}.ENGINE: expected "mysqlpool" or "django_mysqlpool.backends.mysqlpool"; every database here is pooled, got "django.db.backends.mysql"`,
    ],
    [
      { ENGINE: 'django.db.backends.postgresql' },
      `${PATH}.ENGINE: expected "mysqlpool" or "django_mysqlpool.backends.mysqlpool", got "django.db.backends.postgresql"`,
    ],
    [{ NAME: 5 }, `${PATH}.NAME: expected a text, got 5`],
    [{ PASSWORD: 12345 }, `${PATH}.PASSWORD: expected a text or a function, got a number`],
    [{ PORT: 'x' }, `${PATH}.PORT: expected a port from 1 to 65535, or "", got "x"`],
    [{ PORT: 'x'.repeat(99) }, `${PATH}.PORT: expected a port from 1 to 65535, or "", got "${'x'.repeat(57)}..."`],
    [{ PORT: 70_000 }, `${PATH}.PORT: expected a port from 1 to 65535, or "", got 70000`],
    [{ PORT: 0 }, `${PATH}.PORT: expected a port from 1 to 65535, or "", got 0`],
    [
      { CONN_MAX_AGE: 60 },
      `${PATH}.CONN_MAX_AGE: 60 is not possible: pooling does not go with persistent connections: set recycle in MYSQLPOOL_ARGUMENTS instead`,
    ],
    [
      { ATOMIC_REQUESTS: true },
      `${PATH}.ATOMIC_REQUESTS: true is not possible: there are no requests here: use pool.transaction(fn)`,
    ],
    [
      { AUTOCOMMIT: false },
      `${PATH}.AUTOCOMMIT: false is not possible: every connection is lent with autocommit on: use pool.transaction(fn)`,
    ],
    [
      { TIME_ZONE: 'Europe/Berlin' },
      `${PATH}.TIME_ZONE: expected "UTC" or null, got "Europe/Berlin"; for another one set mysql2's timezone, such as "+02:00", in OPTIONS`,
    ],
    [
      'postgres://app@db/shop',
      `${PATH}: the URL begins with "postgres:"; expected mysql://user:password@host:port/database?option=value`,
    ],
    [
      'mysql://app@db/shop?maxSize=3',
      `${PATH}?maxSize: this is no option of a connection: see MYSQLPOOL_ARGUMENTS, or use createPool`,
    ],
  ];

  for (const [entry, message] of REFUSALS) {
    it(`refuses: ${message}`, () => assert.throws(() => read(entry), { name: 'SettingsError', message }));
  }

  it('has CONN_MAX_AGE null pass', () => assert.deepEqual(driver({ CONN_MAX_AGE: null }), driver({})));
});

describe('OPTIONS', () => {
  it('takes the options of MySQLdb', () => {
    assert.deepEqual(options({ charset: 'UTF8MB4' }), { charset: 'UTF8MB4' });
    assert.deepEqual(options({ charset: 'utf8mb4', collation: 'utf8mb4_unicode_ci' }), {
      charset: 'utf8mb4_unicode_ci',
    });
    assert.deepEqual(options({ collation: 'utf8mb4_unicode_ci', charset: 'utf8mb4' }), {
      charset: 'utf8mb4_unicode_ci',
    });
    assert.deepEqual(options({ connect_timeout: 2.5 }), { connectTimeout: 2_500 });
    assert.deepEqual(options({ unix_socket: '/run/mysqld/my.sock' }), { socketPath: '/run/mysqld/my.sock' });
    assert.deepEqual(options({ db: 'shop', passwd: 'x' }), { database: 'shop', password: 'x' });
    assert.deepEqual(options({ compress: true, use_unicode: true, autocommit: true, local_infile: false }), {
      compress: true,
    });
  });

  it('makes statements for a new connection', () => {
    assert.deepEqual(setUp({ init_command: 'SET sql_mode=ANSI' }), ['SET sql_mode=ANSI']);
    assert.deepEqual(setUp({ sql_mode: "STRICT_ALL_TABLES,A'B" }), ["SET SESSION sql_mode = 'STRICT_ALL_TABLES,A''B'"]);
    for (const level of ['read uncommitted', 'READ COMMITTED', 'Repeatable Read', 'serializable']) {
      assert.deepEqual(setUp({ isolation_level: level }), [
        `SET SESSION TRANSACTION ISOLATION LEVEL ${level.toUpperCase()}`,
      ]);
    }
    assert.deepEqual(setUp({ isolation_level: null }), []);
  });

  it('takes every option of a mysql2 connection', () => {
    const given = {
      decimalNumbers: true,
      timezone: '+02:00',
      multipleStatements: true,
      connectTimeout: 900,
      flags: ['-FOUND_ROWS'],
    };
    assert.deepEqual(options(given), given);
  });

  it('wins over what stands outside of it, as in Django', () => {
    assert.equal(driver({ USER: 'a', OPTIONS: { user: 'b' } })['user'], 'b');
  });

  it('reads files for ssl, or takes their contents', (t) => {
    const ca = fileWith(t, 'ca.pem', 'the authority');
    const key = '-----BEGIN PRIVATE KEY-----\nx';
    assert.deepEqual(options({ ssl: { ca, key, cipher: 'AES', check_hostname: true, minVersion: 'TLSv1.2' } }), {
      ssl: { ca: 'the authority', key, ciphers: 'AES', verifyIdentity: true, minVersion: 'TLSv1.2' },
    });
    assert.deepEqual(options({ ssl: 'Amazon RDS' }), { ssl: 'Amazon RDS' });
    assert.deepEqual(options({ ssl: {} }), { ssl: {} });
  });

  it('takes ssl_mode, before or after ssl', (t) => {
    const ca = fileWith(t, 'ca.pem', 'the authority');
    const verified = { ssl: { ca: 'the authority', rejectUnauthorized: true, verifyIdentity: true } };
    assert.deepEqual(options({ ssl_mode: 'REQUIRED' }), { ssl: { rejectUnauthorized: false, verifyIdentity: false } });
    assert.deepEqual(options({ ssl_mode: 'VERIFY_IDENTITY', ssl: { ca } }), verified);
    assert.deepEqual(options({ ssl: { ca }, ssl_mode: 'VERIFY_IDENTITY' }), verified);
    assert.deepEqual(options({ ssl_mode: 'DISABLED' }), {});
  });

  const AT = `${PATH}.OPTIONS`;
  const REFUSALS: readonly (readonly [given: object, message: string])[] = [
    [{ chraset: 'utf8' }, `${AT}.chraset: unknown option (did you mean "charset"?)`],
    [{ multiStatements: true }, `${AT}.multiStatements: unknown option (did you mean "multipleStatements"?)`],
    [{ constructor: 1 }, `${AT}.constructor: unknown option`],
    [
      { charset: 'utf8mb' },
      `${AT}.charset: expected a character set or collation that mysql2 knows (did you mean "utf8mb4"?), got "utf8mb"`,
    ],
    [
      { isolation_level: 'repeatable reads' },
      `${AT}.isolation_level: expected "read uncommitted", "read committed", "repeatable read" or "serializable", got "repeatable reads" (did you mean "repeatable read"?)`,
    ],
    [
      { read_default_file: '/etc/my.cnf' },
      `${AT}.read_default_file: option files (my.cnf) are not read: write their values here, in NAME, USER, PASSWORD, HOST, PORT and OPTIONS`,
    ],
    [{ read_timeout: 5 }, `${AT}.read_timeout: a statement has a limit of its own: pool.query({ sql, timeout })`],
    [{ conv: {} }, `${AT}.conv: values are converted by mysql2: see its typeCast`],
    [{ maxSize: 5 }, `${AT}.maxSize: this is no option of a connection: see MYSQLPOOL_ARGUMENTS, or use createPool`],
    [{ maxsize: 5 }, `${AT}.maxsize: this is no option of a connection: see MYSQLPOOL_ARGUMENTS, or use createPool`],
    [{ connecttimeout: 5 }, `${AT}.connecttimeout: unknown option (did you mean "connect_timeout"?)`],
    [{ fleet: true }, `${AT}.fleet: this is no option of a connection: see MYSQLPOOL_FLEET`],
    [{ pool: true }, `${AT}.pool: every database is pooled here: see MYSQLPOOL_ARGUMENTS`],
    [{ connectionLimit: 5 }, `${AT}.connectionLimit: connectionLimit is mysql2's name; here it is maxSize`],
    [{ connect_timeout: 0 }, `${AT}.connect_timeout: expected seconds from 0.001 up, got 0`],
    [{ password: 5 }, `${AT}.password: option "password": expected a text or a function, got a number`],
    [{ autocommit: false }, `${AT}.autocommit: every connection is lent with autocommit on: use pool.transaction(fn)`],
    [{ local_infile: 1 }, `${AT}.local_infile: mysql2 asks for the file's contents instead: infileStreamFactory`],
    [{ ssl: { ca: '/no/such.pem' } }, `${AT}.ssl.ca: the file "/no/such.pem" cannot be read (ENOENT)`],
    [{ ssl: { ca: 5 } }, `${AT}.ssl.ca: expected the path of a file, or its contents, got 5`],
    [
      { ssl: { capath: '/etc/ssl' } },
      `${AT}.ssl.capath: folders of certificates are not read: name one file with all of them in "ca"`,
    ],
    [{ ssl: { certs: 'x' } }, `${AT}.ssl.certs: unknown option (did you mean "cert"?)`],
    [{ ssl: true }, `${AT}.ssl: expected an object, got true`],
    [{ ssl_mode: 'PREFERRED' }, `${AT}.ssl_mode: mysql2 either uses TLS or does not: choose "REQUIRED" or "DISABLED"`],
    [{ 'ssl-mode': 'REQUIRED' }, `${AT}.ssl-mode: unknown option (did you mean "ssl_mode"?)`],
    [
      { useSSL: true },
      `${AT}.useSSL: unknown option: TLS is the option ssl: {} turns it on and checks the certificate; in a URL ?ssl={}`,
    ],
    [
      { connection_limit: 5 },
      `${AT}.connection_limit: this is no option of a connection: see MYSQLPOOL_ARGUMENTS, or use createPool`,
    ],
    [{ ssl: {}, ssl_mode: 'DISABLED' }, `${AT}.ssl_mode: "DISABLED" contradicts ssl`],
  ];

  for (const [given, message] of REFUSALS) {
    it(`refuses: ${message}`, () => assert.throws(() => read({ OPTIONS: given }), { name: 'SettingsError', message }));
  }

  it('names what stands in a URL as it stands there', () => {
    for (const [asked, message] of [
      ['maxsize=3', '?maxsize: this is no option of a connection: see MYSQLPOOL_ARGUMENTS, or use createPool'],
      ['chraset=utf8mb4', '?chraset: unknown option (did you mean "charset"?)'],
      ['ssl=%7B%22certs%22:1%7D', '?ssl.certs: unknown option (did you mean "cert"?)'],
    ])
      assert.throws(() => read(`mysql://app@db/shop?${asked}`), {
        name: 'SettingsError',
        message: `${PATH}${message}`,
      });
  });

  it('refuses a list for an object', () => {
    assert.throws(() => read({ OPTIONS: [] }), { message: `${AT}: expected an object, got a list` });
  });
});

/** The hint for option names of other libraries, in any spelling. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { whatInstead } from '#internal/mysql/other-words.js';

/** Hints, and the names for which they are given. */
const told: Readonly<Record<string, string>> = {
  ' (did you mean "user"?)': 'username user_name USERNAME',
  ' (did you mean "host"?)': 'hostname server host-name',
  ' (did you mean "database"?)': 'db dbname DB_NAME db.name',
  ' (did you mean "password"?)': 'passwd pass',
  ' (did you mean "uri"?)': 'url connectionString connection_string',
  ' (did you mean "socketPath"?)': 'socket unix_socket',
  ' (did you mean "maxSize"?)': 'max size pool_size max_overflow maximumPoolSize connectionLimit connection_limit',
  ' (did you mean "minIdle"?)': 'min minimumIdle minimum-idle',
  ' (did you mean "idleTimeout"?)': 'idle',
  ' (did you mean "acquireTimeout"?)': 'acquire timeout',
  ': here it is acquireTimeout, in ms': 'pool_timeout',
  ': here it is connectTimeout, in ms': 'connect_timeout',
  ' (did you mean "connectTimeout"?)': 'initializationTimeout',
  ': here it is maxLifetime, in ms': 'recycle',
  ' (did you mean "ping"?)': 'pre_ping',
  ' (did you mean "keepaliveInterval"?)': 'keepaliveTime',
  ' (did you mean "reset"?)': 'reset_on_return',
  ' (did you mean "order"?)': 'use_lifo',
  ' (did you mean "isolation"?)': 'isolation_level isolationLevel',
  ' (did you mean "leakThreshold"?)': 'leakDetectionTimeout leakDetectionThreshold',
  ' (did you mean "name"?)': 'poolName logging_name',
  ' (did you mean "logger"?)': 'echo logging',
  ' (did you mean "charset"?)': 'encoding characterEncoding',
  ' (did you mean "timezone"?)': 'serverTimezone connectionTimeZone',
  ' (did you mean "multipleStatements"?)': 'allowMultiQueries',
  ' (did you mean "compress"?)': 'useCompression',
  ': TLS is the option ssl: {} turns it on and checks the certificate; in a URL ?ssl={}':
    'sslMode ssl-mode useSSL requireSSL tls sslaccept',
  ': it is part of the option ssl: { ca, cert, key, passphrase }': 'sslca ssl_cert ssl-key sslidentity sslpassword',
  ': here it is ssl: { rejectUnauthorized }': 'verifyServerCertificate trustServerCertificate',
  ": mysql2 asks for the server's key by itself": 'allowPublicKeyRetrieval',
  ': a statement has a limit of its own: pool.query({ sql, timeout })': 'socket_timeout socketTimeout queryTimeout',
  ': a connection that was lost is always replaced': 'autoReconnect',
  ': text always comes as text': 'useUnicode',
  ': connecting is tried again until acquireTimeout is over; a transaction is run again with pool.transaction(fn, { retry })':
    'retry retries max_retries retryCount retryAttempts',
  ': it has no options inside; those of the connection and of the pool stand side by side: { host, user, maxSize }':
    'connection pool driverOptions dialectOptions extra',
  ': send it from onConnect: (connection) => connection.query("SET …")':
    'init_command initSql connectionInitSql sql_mode sessionVariables',
};

const OURS = [
  ...Object.keys(told)
    .join()
    .matchAll(/(?:mean "|here it is )(\w+)/g),
].map(([, name]) => name!);

describe('the name of an option elsewhere', () => {
  for (const [text, names] of Object.entries(told)) {
    it(`is told: ${text.slice(0, 40)}`, () => {
      for (const name of names.split(' ')) assert.equal(whatInstead(name, OURS), text, name);
    });
  }

  it('is not told where that option is not to be had: then what is spelt like it is, if anything', () => {
    assert.equal(whatInstead('recycle', ['host', 'port']), '');
    assert.equal(whatInstead('usernam', ['host', 'username']), ' (did you mean "username"?)');
    assert.equal(whatInstead('hostname', ['hostnames']), ' (did you mean "hostnames"?)');
    assert.equal(whatInstead('sslMode', []).startsWith(': TLS'), true);
  });

  it('is nothing where nobody has it', () => {
    for (const name of ['', 'colour', 'constructor', '__proto__']) assert.equal(whatInstead(name, OURS), '', name);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GatewayOptionError } from '#internal/gateway/failures.js';
import { GATEWAY_OPTION_NAMES, resolveGatewayOptions, type GatewayOptions } from '#internal/gateway/options.js';

const resolve = (options: object): ReturnType<typeof resolveGatewayOptions> =>
  resolveGatewayOptions({ server: 'mysql://db', ...options } as GatewayOptions);

const serverOf = (server: unknown): unknown => {
  const { host, port, socketPath, tls } = resolve({ server }).server;
  return Object.fromEntries(Object.entries({ host, port, socketPath, tls }).filter(([, value]) => value !== undefined));
};

describe('the server of a gateway', () => {
  it('is a URL, an address, a socket, or an object of options', () => {
    const table: [given: unknown, server: object][] = [
      ['mysql://db', { host: 'db' }],
      ['mysql://db/', { host: 'db' }],
      ['mariadb://db:3307', { host: 'db', port: 3307 }],
      ['mysql://[::1]:3307', { host: '::1', port: 3307 }],
      ['mysql:///?socket=/run/mysqld.sock', { socketPath: '/run/mysqld.sock' }],
      ['mysql://db?tls=true', { host: 'db', tls: {} }],
      ['mysql://db?tls=false', { host: 'db' }],
      ['mysql://db?ca=/etc/ca.pem&identity=db.example', { host: 'db', tls: { ca: '/etc/ca.pem', identity: 'db.example' } }],
      ['mysql://db?identity=false&rejectUnauthorized=false', { host: 'db', tls: { identity: false, rejectUnauthorized: false } }],
      ['db', { host: 'db' }],
      ['db.example:3307', { host: 'db.example', port: 3307 }],
      ['[::1]:3307', { host: '::1', port: 3307 }],
      ['/run/mysqld.sock', { socketPath: '/run/mysqld.sock' }],
      [{ host: 'db', port: 3307, tls: true }, { host: 'db', port: 3307, tls: {} }],
      [{ socketPath: '/run/mysqld.sock', tls: false }, { socketPath: '/run/mysqld.sock' }],
    ]; // prettier-ignore
    for (const [given, server] of table) assert.deepEqual(serverOf(given), server, JSON.stringify(given));
  });
});

describe('where a gateway listens', () => {
  it('is a port, an address, a socket, or several', () => {
    const own = { host: '127.0.0.1', port: 3307 };
    const table: [given: unknown, places: object[]][] = [
      [undefined, [own]],
      [0, [{ ...own, port: 0 }]],
      ['3307', [own]],
      ['localhost:3308', [{ host: 'localhost', port: 3308 }]],
      ['::1', [{ host: '::1', port: 3307 }]],
      ['[::1]:3308', [{ host: '::1', port: 3308 }]],
      ['./gateway.sock', [{ socketPath: './gateway.sock' }]],
      ['3307, /run/gateway.sock', [own, { socketPath: '/run/gateway.sock' }]],
      [
        [0, { port: 0 }],
        [
          { ...own, port: 0 },
          { ...own, port: 0 },
        ],
      ],
      [{ socketPath: '/run/gateway.sock' }, [{ socketPath: '/run/gateway.sock' }]],
    ];
    for (const [listen, places] of table) assert.deepEqual(resolve({ listen }).listen, places, JSON.stringify(listen));
  });

  it('may be reached by other machines only with TLS, or when that is said', () => {
    const listen = '0.0.0.0:3307';
    assert.throws(() => resolve({ listen }), { option: 'listen', message: /"tls" is needed; allowPlainText/ });
    assert.throws(() => resolve({ listen: [3307, '192.0.2.1'] }), { option: 'listen' });
    assert.throws(() => resolve({ listen, allowPlainText: false }), { option: 'listen' });
    assert.equal(resolve({ listen, allowPlainText: true }).listen.length, 1);
    assert.equal(resolve({ listen, tls: { key: 'key.pem', cert: 'cert.pem' } }).listen.length, 1);
  });
});

describe('options of a gateway', () => {
  it('have defaults', () => {
    const { server: _, ...others } = resolve({});
    assert.deepEqual(
      others,
      {
        listen: [{ host: '127.0.0.1', port: 3307 }],
        mode: 'transaction',
        pool: {},
        maxTotal: Infinity,
        fleet: undefined,
        maxClients: 10_000,
        clientIdleTimeout: 0,
        transactionIdleTimeout: 0,
        loginTimeout: 10_000,
        trustRoutines: false,
        tls: 'own',
        users: undefined,
        monitor: undefined,
        closeTimeout: 10_000,
        logger: undefined,
      },
    ); // prettier-ignore
  });

  it('are those of a pool besides', () => {
    const { pool } = resolve({ maxSize: 4, minIdle: 1, queueTimeout: 500, name: 'shop', maxLifetime: undefined });
    assert.deepEqual(pool, { maxSize: 4, minIdle: 1, acquireTimeout: 500, name: 'shop' });
  });

  it('are refused with the option, what was expected and what came', () => {
    const table: [given: object, option: string, message: string][] = [
      [{ maxSzie: 4 }, 'maxSzie', 'unknown option "maxSzie" (did you mean "maxSize"?)'],
      [{ maxSize: 0 }, 'maxSize', 'option "maxSize": expected a whole number from 1 up, or Infinity, got 0'],
      [{ maxIdle: 11 }, 'maxIdle', 'maxIdle (11) is above maxSize (10)'],
      [{ acquireTimeout: 1 }, 'acquireTimeout', 'option "acquireTimeout" has no place here: here it is queueTimeout'],
      [{ queueTimeout: -1 }, 'queueTimeout', 'option "queueTimeout": expected milliseconds from 0 up, or Infinity, got -1'],
      [{ reset: 'none' }, 'reset', 'option "reset" has no place here: what a client leaves behind is carried with it, or taken back'],
      [{ mode: 'sesion' }, 'mode', 'option "mode": expected "transaction", "session" or "rotate", got "sesion" (did you mean "session"?)'],
      [{ maxTotal: 1.5 }, 'maxTotal', 'option "maxTotal": expected a whole number from 1 up, or Infinity, got 1.5'],
      [{ maxClients: '5' }, 'maxClients', 'option "maxClients": expected a whole number from 1 up, or Infinity, got "5"'],
      [{ loginTimeout: 0 }, 'loginTimeout', 'option "loginTimeout": expected milliseconds from 1 to 2147483647, got 0'],
      [{ clientIdleTimeout: Infinity }, 'clientIdleTimeout', 'option "clientIdleTimeout": expected milliseconds from 0 to 2147483647, got Infinity'],
      [{ trustRoutines: 'yes' }, 'trustRoutines', 'option "trustRoutines": expected true or false, got "yes"'],
      [{ allowPlainText: 1 }, 'allowPlainText', 'option "allowPlainText": expected true or false, got 1'],
      [{ users: '' }, 'users', 'option "users": expected the name of a file, got ""'],
      [{ tls: true }, 'tls', 'option "tls": expected an object of options (key, cert, ca), or false, got true'],
      [{ tls: { key: 'k', cret: 'c' } }, 'tls.cret', 'tls: unknown option "cret" (did you mean "cert"?)'],
      [{ tls: { key: 'k' } }, 'tls.cert', 'tls: cert is missing: the name of a file with the certificate, in PEM'],
      [{ fleet: { limt: 5 } }, 'fleet.limt', 'fleet: unknown option "limt" (did you mean "limit"?)'],
      [{ monitor: 70_000 }, 'monitor', 'option "monitor": expected a port or an object of options, got 70000'],
      [{ listen: 70_000 }, 'listen', 'listen: expected a port, "host:port" or the path of a socket, or several, got 70000'],
      [{ listen: [] }, 'listen', 'listen: expected a port, "host:port" or the path of a socket, or several, got an empty list'],
      [{ listen: 'a:b:c' }, 'listen', 'listen: expected a port, "host:port" or the path of a socket, or several, got "a:b:c"'],
      [{ listen: { prot: 1 } }, 'listen', 'listen: unknown option "prot" (did you mean "port"?)'],
      [{ listen: { port: 1, socketPath: '/s' } }, 'listen', 'listen: a socket has neither host nor port'],
      [{ listen: [3307, 3307] }, 'listen', 'listen: 127.0.0.1:3307 is given twice'],
      [{ listen: `/${'x'.repeat(107)}` }, 'listen', 'listen: the path of the socket has 108 bytes, and systems take 107 at most'],
      [{ closeTimeout: '1' }, 'closeTimeout', 'option "closeTimeout": expected milliseconds from 0 up, or Infinity, got "1"'],
      [{ host: 'db' }, 'host', 'option "host" has no place here: the address of the server goes into server, that of the gateway into listen'],
      [{ user: 'app' }, 'user', 'option "user" has no place here: accounts, passwords and databases are those of the clients, as the server knows them'],
      [{ server: undefined }, 'server', 'which server? Give its address: mysql://host:port, host:port, or mysql:///?socket=/path'],
      [{ server: 3306 }, 'server', 'option "server": expected mysql://host:port, host:port, or mysql:///?socket=/path, or an object of options, got 3306'],
      [{ server: 'db:port' }, 'server', 'option "server": expected mysql://host:port, host:port, or mysql:///?socket=/path, got "db:port"'],
      [{ server: { host: 'db', port: 0 } }, 'server.port', 'server: option "port": expected a port from 1 to 65535, got 0'],
      [{ server: { hots: 'db' } }, 'server.hots', 'server: unknown option "hots" (did you mean "host"?)'],
      [{ server: { host: 'db', socketPath: '/s' } }, 'server.socketPath', 'server: a socket needs neither host nor port'],
      [{ server: { tls: { key: 'k' } } }, 'server.tls.cert', 'server.tls: a certificate of our own needs both cert and key'],
      [{ server: 'postgres://db' }, 'server', 'the URL of the server begins with "postgres:"; expected mysql://host:port, host:port, or mysql:///?socket=/path'],
      [{ server: 'mysql://db?sslmode=require' }, 'server', 'the URL of the server has an unknown option "sslmode"; here it is tls=true, with ca, identity and rejectUnauthorized'],
      [{ server: 'mysql://db?identty=x' }, 'server', 'the URL of the server has an unknown option "identty" (did you mean "identity"?)'],
      [{ server: 'mysql://db?tls=yes' }, 'server', 'the URL of the server: expected true or false for tls, got "yes"'],
      [{ server: 'mysql://db?tls=false&ca=x' }, 'server', 'the URL of the server has tls=false, and options of TLS besides'],
    ]; // prettier-ignore
    for (const [given, option, message] of table) {
      assert.throws(() => resolve(given), {
        name: 'GatewayOptionError',
        code: 'GATEWAY_OPTION',
        option,
        message: `gateway: ${message}`,
      });
    }
  });

  it('are an object', () => {
    for (const given of [undefined, null, 'mysql://db', []])
      assert.throws(() => resolveGatewayOptions(given as never), {
        option: 'options',
        message: /expected an object of options/,
      });
  });

  it('never show a user, a password or what may be one', () => {
    const secrets = [
      'mysql://app:hush@db',
      'app:hush@db:3306',
      'mysql://db/?x=hush@',
      'mysql://app:hu/sh@db',
      'mysql:app:hush@db',
    ];
    const servers: unknown[] = [...secrets, 'mysql://db/hush', { host: 'db', user: 'app', password: 'hush' }];
    for (const server of servers) {
      assert.throws(
        () => resolve({ server }),
        (error: unknown) => error instanceof GatewayOptionError && !/hush|hu\/|\bapp\b/.test(error.message),
        JSON.stringify(server),
      );
    }
  });

  it('are listed by name, each once', () => {
    assert.equal(new Set(GATEWAY_OPTION_NAMES).size, GATEWAY_OPTION_NAMES.length);
    assert.ok(GATEWAY_OPTION_NAMES.includes('maxLifetime') && !GATEWAY_OPTION_NAMES.includes('acquireTimeout'));
  });
});

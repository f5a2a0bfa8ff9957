import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  accountLimitIn,
  classifyOpenFailure,
  isLost,
  isReadOnlyServer,
  isTurnedAway,
  isWorthRetrying,
  isWrongPassword,
} from '#internal/session/server-errors.js';

type Sign = 'full' | 'fatal' | 'password' | 'turned away' | 'lost' | 'read-only' | 'retry';

/** What each number of the server means; whatever is not named is none of it. */
const MEANINGS: readonly (readonly [errno: number, ...signs: Sign[]])[] = [
  [1020, 'retry'],
  [1040, 'full'],
  [1044, 'fatal'],
  [1045, 'fatal', 'password'],
  [1049, 'fatal'],
  [1053, 'lost'],
  [1062],
  [1129, 'fatal'],
  [1130, 'fatal'],
  [1152, 'turned away'],
  [1153, 'lost'],
  [1180, 'retry'],
  [1184, 'turned away'],
  [1203, 'full'],
  [1205, 'retry'],
  [1206, 'retry'],
  [1213, 'retry'],
  [1226, 'full', 'turned away'],
  [1227, 'fatal'],
  [1251, 'fatal'],
  [1290],
  [1317, 'turned away'],
  [1524, 'fatal'],
  [1613, 'retry'],
  [1614, 'retry'],
  [1698, 'fatal', 'password'],
  [1792, 'read-only'],
  [1820, 'fatal'],
  [1836, 'read-only'],
  [1862, 'fatal'],
  [1927, 'lost'],
  [3032, 'turned away'],
  [3101, 'retry'],
  [3118, 'fatal'],
  [3159, 'fatal'],
  [3169, 'lost'],
  [4031, 'lost'],
  [4151, 'fatal'],
];

const serverError = (errno: number, message = ''): Error => Object.assign(new Error(message), { errno });

function signsOf(error: Error): Sign[] {
  const openFailure = classifyOpenFailure(error);
  const signs: Sign[] = openFailure === 'transient' ? [] : [openFailure];
  if (isWrongPassword(error)) signs.push('password');
  if (isTurnedAway(error)) signs.push('turned away');
  if (isLost(error)) signs.push('lost');
  if (isReadOnlyServer(error, false)) signs.push('read-only');
  if (isWorthRetrying(error)) signs.push('retry');
  return signs;
}

it('knows what each error of the server means, and that no other means it', () => {
  const meanings = new Map<number, Sign[]>(MEANINGS.map(([errno, ...signs]) => [errno, signs]));
  for (let errno = 1000; errno < 4300; errno++) {
    assert.deepEqual(signsOf(serverError(errno)), meanings.get(errno) ?? [], `error ${errno}`);
  }
});

it('takes 1290 for a read-only server only when that is the option in the way', () => {
  const refusedBy = (option: string): boolean =>
    isReadOnlyServer(serverError(1290, `The MySQL server is running with the ${option} option`), false);
  for (const option of ['--read-only', '--super-read-only', 'read_only']) assert.equal(refusedBy(option), true, option);
  for (const option of ['--secure-file-priv', '--skip-grant-tables', '--skip-networking']) {
    assert.equal(refusedBy(option), false, option);
  }
});

it('does not take a transaction that its own session made read-only for a read-only server', () => {
  assert.equal(isReadOnlyServer(serverError(1792), true), false);
  assert.equal(isReadOnlyServer(serverError(1836), true), true);
});

it('finds what is worth another attempt through the errors that are made of it, five deep', () => {
  let error: unknown = serverError(1213);
  for (let depth = 1; depth < 5; depth++) {
    error = new Error('wrapped', { cause: error });
    assert.equal(isWorthRetrying(error), true);
  }
  assert.equal(isWorthRetrying(new Error('wrapped', { cause: error })), false);
  for (const none of [undefined, null, 'text', new Error('plain')]) assert.equal(isWorthRetrying(none), false);
});

it('tells failures of the driver and of the network that need a person from those that pass', () => {
  const kindOf = (properties: object, message = ''): string =>
    classifyOpenFailure(Object.assign(new Error(message), properties));
  assert.equal(kindOf({ code: 'ECONNREFUSED', errno: -111 }), 'transient');
  for (const code of [
    'AUTH_SWITCH_PLUGIN_ERROR',
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'ERR_OSSL_EVP_UNSUPPORTED',
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'HANDSHAKE_NO_SSL_SUPPORT',
    'MYSQL_CLEAR_PASSWORD_NOT_ENABLED',
    'POOL_OPTION',
    'PROTOCOL_NOT_MYSQL',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ])
    assert.equal(kindOf({ code }), 'fatal', code);
  for (const code of ['', 'EPIPE', 'NO_CERT_EXPIRED', 'CERTAINLY', undefined])
    assert.equal(kindOf({ code }), 'transient');
  assert.equal(kindOf({ code: 'ENOTFOUND', errno: -3008, syscall: 'getaddrinfo' }), 'fatal');
  assert.equal(kindOf({ code: 'EAI_AGAIN', errno: -3001, syscall: 'getaddrinfo' }), 'transient');
  assert.equal(kindOf({ code: 'HANDSHAKE_SSL_ERROR' }, 'wrong version number'), 'fatal');
  assert.equal(kindOf({ code: 'HANDSHAKE_SSL_ERROR' }, 'read ECONNRESET'), 'transient');
  assert.equal(kindOf({ code: 'HANDSHAKE_SSL_ERROR', syscall: 'read' }), 'transient');
});

it('tells a mistake of a program from a network that failed: nobody waits for it to mend itself', () => {
  for (const mistake of [
    new TypeError("Cannot read properties of undefined (reading 'bind')"),
    new ReferenceError('x is not defined'),
    new RangeError('Invalid array length'),
    new SyntaxError('Unexpected token'),
    Object.assign(new RangeError('options.port should be >= 0 and < 65536'), { code: 'ERR_SOCKET_BAD_PORT' }),
  ]) {
    assert.equal(classifyOpenFailure(mistake), 'fatal', mistake.name);
  }
  // As `fetch` says that it did not get through, in a function that is asked for a password.
  const cause = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  assert.equal(classifyOpenFailure(new TypeError('fetch failed', { cause })), 'transient');
  assert.equal(classifyOpenFailure(new Error('a secret is being rotated')), 'transient');
});

it('takes whatever the driver calls fatal for the end of the connection', () => {
  assert.equal(isLost(Object.assign(new Error('gone'), { fatal: true })), true);
  assert.equal(isLost(new Error('no such table')), false);
  assert.equal(isLost(undefined), false);
});

it("a refused login tells the account's limit, in whatever language, and nothing else does", () => {
  const refused = (message: string, errno = 1226): Error => Object.assign(new Error(message), { errno });
  const english = "User 'app' has exceeded the 'max_user_connections' resource (current value: 10)";
  const wrapped = Object.assign(new Error('wrapped'), { parent: refused(english) });
  for (const [error, limit] of [
    [refused(english), 10],
    [
      refused("Benutzer 'app' hat die Ressourcenbeschränkung 'max_user_connections' überschritten (aktueller Wert: 7)"),
      7,
    ],
    [refused("User 'max_user_connections' has exceeded the 'max_questions' resource (current value: 5)"), undefined],
    [refused("User '9' has exceeded the 'max_user_connections' resource (current value: 3)"), 3],
    [new Error('from Sequelize', { cause: wrapped }), 10],
    [refused("User app already has more than 'max_user_connections' active connections", 1203), undefined],
    [refused(english, 1203), undefined],
    [refused('Too many connections', 1040), undefined],
    [refused("User 'app' has exceeded the 'max_user_connections' resource"), undefined],
    [new Error(english), undefined],
    [undefined, undefined],
    ['1226', undefined],
  ] as const)
    assert.equal(accountLimitIn(error), limit, String(error));
});

import type { OptionSpec } from '../command.js';

/** A command-line option and the option of the gateway that it sets; `tls.key` sets the property `key` of `tls`. */
interface GatewaySpec extends OptionSpec {
  readonly sets: string;
}

const value = (sets: string, name: string, help: string): GatewaySpec => ({ sets, value: name, help });
const flag = (sets: string, help: string): GatewaySpec => ({ sets, help });

/** The options in the order in which the help lists them: common ones, limits, TLS, and then options of the pools. */
export const GATEWAY_SPECS: Readonly<Record<string, GatewaySpec>> = {
  listen: value('listen', 'WHERE', 'a port, host:port or the path of a socket; several with commas; default 3307'),
  mode: value('mode', 'MODE', 'transaction, session or rotate (for tests); default transaction'),
  'max-size': value('maxSize', 'N', 'most sessions of the server for each account; default 10'),
  'max-total': value('maxTotal', 'N', 'most sessions of all accounts together; default no limit'),
  fleet: value('fleet', 'true|JSON', 'one limit for all processes of an account; default none'),
  'max-clients': value('maxClients', 'N', 'most clients; default 10000'),
  'queue-timeout': value('queueTimeout', 'MS', 'how long a command waits for a session; default 30000'),
  'client-idle-timeout': value(
    'clientIdleTimeout',
    'MS',
    'disconnects clients that are silent for so long; default 0: never',
  ),
  'transaction-idle-timeout': value('transactionIdleTimeout', 'MS', 'the same within a transaction; default 0: never'),
  'login-timeout': value('loginTimeout', 'MS', 'how long a client may take to log in; default 10000'),
  'close-timeout': value('closeTimeout', 'MS', 'how long transactions may go on after a signal; default 10000'),
  'tls-key': value('tls.key', 'FILE', 'the private key for TLS towards clients, in PEM'),
  'tls-cert': value('tls.cert', 'FILE', 'its certificate, in PEM; the chain may follow in it'),
  'tls-ca': value('tls.ca', 'FILE', 'the rest of the certificate chain, in PEM'),
  'no-tls': flag('tls', 'offers no TLS; default a certificate that the gateway makes for itself'),
  'allow-plain-text': flag('allowPlainText', 'accepts clients of other machines without TLS'),
  users: value('users', 'FILE', 'lists the users who may log in; default all whom the server accepts'),
  'trust-routines': flag('trustRoutines', 'unknown procedures and functions pin no client to its session'),
  monitor: value('monitor', 'PORT', 'starts the live page there, port or host:port; default none'),
  name: value('name', 'NAME', 'comes before the account in the names of pools'),
  'max-idle': value('maxIdle', 'N', 'most idle sessions kept; default --max-size'),
  'min-idle': value('minIdle', 'N', 'idle sessions kept ready; default 0'),
  'max-waiters': value('maxWaiters', 'N', 'most commands in the queue; default no limit'),
  'max-connecting': value('maxConnecting', 'N', 'most sessions being opened at once; default 2'),
  'connect-timeout': value('connectTimeout', 'MS', 'bounds the opening of a session; default 10000'),
  'max-lifetime': value('maxLifetime', 'MS', 'age at which a session is replaced; default 1800000'),
  'idle-timeout': value('idleTimeout', 'MS', 'closes sessions that are idle for so long; default 600000'),
  'keepalive-interval': value('keepaliveInterval', 'MS', 'how often an idle session is pinged; default 120000'),
  ping: value('ping', 'WHEN', 'always, never or {"idleFor":MS}; default after 500 ms of idleness'),
  'ping-timeout': value('pingTimeout', 'MS', 'bounds a ping; default 1000'),
  'reset-timeout': value('resetTimeout', 'MS', 'bounds a reset; default 5000'),
  order: value('order', 'ORDER', 'lifo or fifo: the last returned is lent next, or the first; default lifo'),
  'leak-threshold': value('leakThreshold', 'MS', 'reports sessions that are held for longer; default 0: none'),
  'fail-fast': flag('failFast', 'refuses clients at once as long as the server was never reached'),
};

/**
 * The gateway options that can be set without code: on the command line, in the environment or in the settings file.
 */
export const SETTABLE: readonly string[] = [
  'server',
  ...new Set(Object.values(GATEWAY_SPECS).map(({ sets }) => sets.split('.')[0]!)),
];

import { checks, didYouMean, shown, type Check, type Checks } from '../pool/index.js';
import { isPort, placeOf } from './addresses.js';
import { GatewayOptionError } from './failures.js';
import type { ServerAddress } from './server.js';
import type { ServerTls } from './tls.js';

/** The server behind a gateway. @since 0.1.0 */
export interface GatewayServer {
  /** A name or an address. @default '127.0.0.1' */
  readonly host?: string | undefined;
  /** From 1 to 65 535. @default 3306 */
  readonly port?: number | undefined;
  /** The path of the server's UNIX socket, instead of `host` and `port`. */
  readonly socketPath?: string | undefined;
  /** TLS towards the server: true, or options. @default false */
  readonly tls?: boolean | ServerTls | undefined;
}

const SHAPE = 'mysql://host:port, host:port, or mysql:///?socket=/path';
const OWN_ACCOUNTS =
  'accounts are those of the clients: they log in with the users and passwords that the server knows';
const OWN_DATABASES = 'databases are those of the clients: each names its own when it logs in';

const fileName: Check = ['the name of a file', checks.filledText[1]];

const TLS: Checks<ServerTls> = {
  ca: fileName,
  cert: fileName,
  key: fileName,
  identity: ['a name, an address, or false', (value) => value === false || (typeof value === 'string' && value !== '')],
  rejectUnauthorized: checks.flag,
};

const SERVER: Checks<GatewayServer> = {
  host: ['a name or an address', checks.filledText[1]],
  port: ['a port from 1 to 65535', (value) => isPort(value) && value !== 0],
  socketPath: ['the path of a socket', checks.filledText[1]],
  tls: ['true, false, or an object of options', (value) => typeof value === 'boolean' || isObject(value)],
};

/** Names that other programs use for parameters of the URL, with what to use here instead. */
const INSTEAD: Readonly<Record<string, string>> = {
  ssl: 'here it is tls=true',
  sslmode: 'here it is tls=true, with ca, identity and rejectUnauthorized',
  'ssl-mode': 'here it is tls=true, with ca, identity and rejectUnauthorized',
  'ssl-ca': 'here it is ca',
  'ssl-cert': 'here it is cert',
  'ssl-key': 'here it is key',
  socketPath: 'here it is socket',
  unix_socket: 'here it is socket',
};

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Checks the option `server`. @throws GatewayOptionError, which never shows the URL, as it may contain a password */
export function readServer(given: unknown): ServerAddress {
  if (given === undefined) refuse(`which server? Give its address: ${SHAPE}`);
  const server = typeof given === 'string' ? fromText(given) : given;
  if (!isObject(server) || server instanceof URL)
    refuse(`option "server": expected ${SHAPE}, or an object of options, got ${shown(given)}`);
  for (const [names, why] of [
    [['user', 'password'], OWN_ACCOUNTS],
    [['database'], OWN_DATABASES],
  ] as const) {
    const name = names.find((each) => Reflect.get(server, each) !== undefined);
    if (name !== undefined) refuse(`server: no ${name} belongs here; ${why}`);
  }
  const fault = checks.faultInOptions(server, SERVER, 'server');
  if (fault !== undefined) refuse(fault.message, `server.${fault.option}`);
  const { host, port, socketPath, tls } = server as GatewayServer;
  if (socketPath !== undefined && (host !== undefined || port !== undefined))
    refuse('server: a socket needs neither host nor port', 'server.socketPath');
  return { host, port, socketPath, tls: readTls(tls) };
}

function readTls(given: boolean | ServerTls | undefined): ServerTls | undefined {
  if (given === undefined || given === false) return undefined;
  if (given === true) return {};
  const fault = checks.faultInOptions(given, TLS, 'server.tls');
  if (fault !== undefined) refuse(fault.message, `server.tls.${fault.option}`);
  const { cert, key } = given;
  if ((cert === undefined) !== (key === undefined))
    refuse('server.tls: a certificate of our own needs both cert and key', 'server.tls.cert');
  return given;
}

function fromText(text: string): unknown {
  if (!/^[a-z][\w+.-]*:\//i.test(text)) {
    const place = text.includes('@') ? undefined : placeOf(text);
    if (text.includes('@')) refuse(`the server has an "@"; ${OWN_ACCOUNTS}`);
    return place ?? refuse(`option "server": expected ${SHAPE}, got ${shown(text)}`);
  }
  const url = URL.canParse(text) ? new URL(text) : refuse(`the URL of the server cannot be parsed; expected ${SHAPE}`);
  if (url.username !== '' || url.password !== '' || text.includes('@'))
    refuse(`the URL of the server has a user or a password; ${OWN_ACCOUNTS}`);
  if (url.protocol !== 'mysql:' && url.protocol !== 'mariadb:')
    refuse(`the URL of the server begins with "${url.protocol}"; expected ${SHAPE}`);
  if (!/^\w+:\/\//.test(text)) refuse(`the URL of the server has no "//" after "${url.protocol}"; expected ${SHAPE}`);
  if (url.pathname.length > 1) refuse(`the URL of the server names a database; ${OWN_DATABASES}`);
  const { hostname, port } = url;
  const parameters = readParameters(url.searchParams);
  return {
    ...(hostname !== '' && { host: hostname.startsWith('[') ? hostname.slice(1, -1) : decodeURIComponent(hostname) }),
    ...(port !== '' && { port: Number(port) }),
    ...parameters,
  };
}

/** Reads the URL's parameters: `socket`, `tls`, and the options of TLS, each of which implies `tls=true`. */
function readParameters(parameters: URLSearchParams): Pick<GatewayServer, 'socketPath' | 'tls'> {
  const tls: Record<string, unknown> = {};
  let socketPath: string | undefined;
  let isOn: boolean | undefined;
  for (const [name, value] of parameters) {
    if (name === 'socket') socketPath = value;
    else if (name === 'tls') isOn = flagOf(name, value);
    else if (name === 'rejectUnauthorized') tls[name] = flagOf(name, value);
    else if (name === 'identity') tls[name] = value === 'false' ? false : value;
    else if (Object.hasOwn(TLS, name)) tls[name] = value;
    else {
      const hint = Object.hasOwn(INSTEAD, name)
        ? `; ${INSTEAD[name]}`
        : didYouMean(name, ['socket', 'tls', ...Object.keys(TLS)]);
      refuse(`the URL of the server has an unknown option ${shown(name)}${hint}`);
    }
  }
  if (isOn === false && Object.keys(tls).length > 0)
    refuse('the URL of the server has tls=false, and options of TLS besides');
  const hasTls = isOn === true || Object.keys(tls).length > 0;
  return { ...(socketPath !== undefined && { socketPath }), ...(hasTls && { tls: tls as ServerTls }) };
}

function flagOf(name: string, value: string): boolean {
  if (value === 'true' || value === 'false') return value === 'true';
  return refuse(`the URL of the server: expected true or false for ${name}, got ${shown(value)}`);
}

function refuse(message: string, option = 'server'): never {
  throw new GatewayOptionError(option, message);
}

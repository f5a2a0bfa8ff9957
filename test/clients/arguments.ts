import { SERVER_KINDS, type ServerKind } from '#support/servers/index.js';
import { CLIENTS, QUICK, type Client } from './clients.js';

/** What is tested: each client, Django's own suites, or the application that exhausts a server. */
export type Work = 'clients' | 'django' | 'exhaustion';

export interface Request {
  readonly work: Work;
  readonly clients: readonly Client[];
  readonly servers: readonly ServerKind[];
  /** What stands between client and server: a mode of the gateway, `relay`, or HOST:PORT. */
  readonly through: readonly string[];
  /** The authority that vouches for HOST:PORT. */
  readonly ca: string | undefined;
  readonly suite: string | undefined;
  readonly verbose: boolean;
}

export const USAGE = `npm run test:clients -- [options] [client ...]

Real clients in many languages, fetched without being installed: each runs the same short program against the server
directly and through the gateway, and has to get the same answers.

  client ...          only these: ${CLIENTS.map(({ name }) => name).join(', ')}
  --quick             only those that npm has: ${QUICK.join(', ')}
  --django            Django's own test suites instead, test by test
  --exhaustion        60 threads of Django and a worker on a server that ends idle sessions after 2 s, instead
  --server KIND       mariadb or mysql (default: both)
  --through WHAT,...  transaction, rotate, session: the gateway in this mode; relay: bytes only; or HOST:PORT of a
                      gateway in front of the server at MYSQLPOOL_TEST_URL (default: transaction,rotate)
  --ca FILE           the authority that signed the certificate of HOST:PORT; without it there is no TLS on the way there
  --suite NAME        of the distribution, to fetch clients from (default: trixie on Debian)
  --verbose           every check
`;

export class UsageError extends Error {}

const THROUGH = /^(transaction|rotate|session|relay|[^\s,:]+:\d+)$/;

/** The request of a command line; undefined when it asks for help. */
export function read(args: readonly string[]): Request | undefined {
  let work: Work = 'clients';
  let through = ['transaction', 'rotate'];
  let servers: readonly ServerKind[] = SERVER_KINDS;
  const names: string[] = [];
  const texts = new Map<string, string>();
  let verbose = false;
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    if (word === '--help' || word === '-h') return undefined;
    if (word === '--verbose') verbose = true;
    else if (word === '--quick') names.push(...QUICK);
    else if (word === '--django' || word === '--exhaustion') work = word.slice(2) as Work;
    else if (['--server', '--through', '--ca', '--suite'].includes(word)) texts.set(word, valueOf(word, args[++i]));
    else if (word.startsWith('-')) throw new UsageError(`unknown option ${word}; see --help`);
    else names.push(word);
  }
  const kind = texts.get('--server');
  if (kind !== undefined) servers = [oneOf('--server', kind, SERVER_KINDS)];
  const way = texts.get('--through');
  if (way !== undefined) through = way.split(',').map((each) => checked(each));
  const clients = names.length === 0 ? CLIENTS : [...new Set(names)].map((name) => clientNamed(name));
  return { work, clients, servers, through, ca: texts.get('--ca'), suite: texts.get('--suite'), verbose };
}

function valueOf(option: string, value: string | undefined): string {
  if (value === undefined || value === '') throw new UsageError(`${option}: expected a value`);
  return value;
}

function oneOf<T extends string>(option: string, value: string, values: readonly T[]): T {
  const found = values.find((each) => each === value);
  if (found === undefined) throw new UsageError(`${option}: expected ${values.join(' or ')}, got ${value}`);
  return found;
}

function checked(way: string): string {
  if (THROUGH.test(way)) return way;
  throw new UsageError(`--through: expected transaction, rotate, session, relay or HOST:PORT, got ${way}`);
}

function clientNamed(name: string): Client {
  const found = CLIENTS.find((client) => client.name === name);
  if (found === undefined) {
    throw new UsageError(`no client ${name}; there are ${CLIENTS.map((client) => client.name).join(', ')}`);
  }
  return found;
}

import { didYouMean } from '#internal/pool/index.js';
import { SERVER_KINDS } from '#support/servers/index.js';
import type { ServerKind } from '#support/servers/index.js';

export interface DemoOptions {
  readonly clients: number;
  readonly seconds: number;
  readonly limit: number;
  /** The numbers of the acts to play. */
  readonly acts: readonly number[];
  readonly server: ServerKind;
  readonly json: boolean;
  readonly help: boolean;
}

/** The command line is invalid. The message is printed in one line, and the exit status is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const RANGES = { clients: [1, 1000], seconds: [1, 600], limit: [1, 500] } as const;
const NAMES = ['clients', 'seconds', 'limit', 'acts', 'server', 'json', 'help'] as const;
type Name = (typeof NAMES)[number];

export const HELP = `
An FTP server on MySQL, five times: without a pool, with mysqlpool, with
mysqlpool while the database is killed, as a fleet of four processes that share
one limit, and once more without a pool, but through a gateway. A bystander
works on the same database.

  npm start -- [options]

  --clients N        FTP clients at the same time, 1 to 1000 (default 200)
  --seconds T        how long each act lasts, 1 to 600 (default 15)
  --limit L          connections mysqlpool may open, 1 to 500 (default 10)
  --acts LIST        which acts, such as 2,4 (default 1 to 5)
  --server KIND      mariadb or mysql (default mariadb)
  --json             one JSON object on stdout at the end; progress on stderr
  --help             this text

The server is found or fetched and started for the demo alone. If
MYSQLPOOL_TEST_URL names an existing server of that kind, that one is used: act
1 takes its connections, and act 3 is left out, since it cannot be killed.

Exit status: 0 every promise kept, 1 a promise broken or the demo failed,
2 a mistake on the command line.
`.trimStart();

/** Reads the command line. @throws UsageError that names the option, what was expected and what was given */
export function parseOptions(args: readonly string[]): DemoOptions {
  const given = new Map<Name, string>();
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, name, inline] = /^--([^=]+)(?:=(.*))?$/s.exec(arg === '-h' ? '--help' : arg) ?? [];
    if (name === undefined) throw new UsageError(`unexpected "${arg}": options begin with --, see --help`);
    const known = NAMES.find((each) => each === name);
    if (!known) throw new UsageError(`unknown option "--${name}"${hint(name)}; see --help`);
    if (given.has(known)) throw new UsageError(`option "--${name}" is given twice`);
    if (known === 'json' || known === 'help') {
      if (inline !== undefined) throw new UsageError(`option "--${name}" takes no value, got "${inline}"`);
      given.set(known, '');
    } else {
      const value = inline ?? (rest[0]?.startsWith('--') ? undefined : rest.shift());
      if (value === undefined) throw new UsageError(`option "--${name}" needs a value; see --help`);
      given.set(known, value);
    }
  }
  return {
    clients: wholeNumber('clients', given.get('clients') ?? '200'),
    seconds: wholeNumber('seconds', given.get('seconds') ?? '15'),
    limit: wholeNumber('limit', given.get('limit') ?? '10'),
    acts: actNumbers(given.get('acts') ?? '1,2,3,4,5'),
    server: serverKind(given.get('server') ?? 'mariadb'),
    json: given.has('json'),
    help: given.has('help'),
  };
}

const hint = (name: string): string => didYouMean(name, NAMES).replace('"', '"--');

function wholeNumber(name: keyof typeof RANGES, text: string): number {
  const [min, max] = RANGES[name];
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`option "--${name}": expected a whole number from ${min} to ${max}, got "${text}"`);
}

function actNumbers(text: string): number[] {
  const numbers = text.split(',').map((each) => each.trim());
  if (numbers.every((each) => /^[1-5]$/.test(each))) return [...new Set(numbers.map(Number))].toSorted((a, b) => a - b);
  throw new UsageError(`option "--acts": expected numbers from 1 to 5 with commas, such as 2,4, got "${text}"`);
}

function serverKind(text: string): ServerKind {
  const kind = SERVER_KINDS.find((each) => each === text);
  if (kind) return kind;
  throw new UsageError(
    `option "--server": expected ${SERVER_KINDS.join(' or ')}, got "${text}"${didYouMean(text, SERVER_KINDS)}`,
  );
}

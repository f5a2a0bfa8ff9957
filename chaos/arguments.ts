import { didYouMean } from 'node-mysqlpool/pool';
import { SERVER_KINDS } from '#support/servers/index.js';
import type { ServerKind } from '#support/servers/index.js';

export const USAGE = `usage: npm run chaos -- [options]

  --minutes N    how long, over all servers, 0.2 to 1440; 2 if not given
  --fleet        processes that share one account, with each coordinator
  --server NAME  only this one: ${SERVER_KINDS.join(', ')}; all in turn if not given
  --seed N       begins the random choices as an earlier run did
  --json         the last line on stdout is JSON, the rest goes to stderr
  --help         this text

Exit status 1 when a rule was broken. docs/chaos.md says what is done and what is checked.
`;

const WITH_VALUE = ['--minutes', '--server', '--seed'];
const OPTIONS = ['--minutes', '--server', '--seed', '--fleet', '--json', '--help'];

const MOST_SEED = 2 ** 32 - 1;

export interface Request {
  readonly help: boolean;
  readonly json: boolean;
  /** Whether to test a fleet of processes instead of one pool. */
  readonly fleet: boolean;
  readonly minutes: number;
  readonly seed: number;
  readonly servers: readonly ServerKind[];
}

/** The command line is invalid; the message says why. */
export class UsageError extends Error {}

/** Reads the command line. @throws UsageError */
export function read(args: readonly string[]): Request {
  const options = optionsIn(args);
  return {
    help: options.has('--help'),
    json: options.has('--json'),
    fleet: options.has('--fleet'),
    minutes: numberIn(
      options.get('--minutes'),
      2,
      '--minutes',
      'minutes from 0.2 to 1440',
      (n) => n >= 0.2 && n <= 1440,
    ),
    seed: numberIn(
      options.get('--seed'),
      Math.floor(Math.random() * 1e9),
      '--seed',
      `a whole number from 0 to ${MOST_SEED}`,
      (n) => Number.isInteger(n) && n >= 0 && n <= MOST_SEED,
    ),
    servers: serversIn(options.get('--server')),
  };
}

function optionsIn(args: readonly string[]): Map<string, string> {
  const options = new Map<string, string>();
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, name, attached] = /^([^=]*)(?:=(.*))?$/s.exec(arg)!;
    if (!OPTIONS.includes(name!)) {
      throw new UsageError(`unknown option "${name}"${didYouMean(name!, OPTIONS)}; there are: ${OPTIONS.join(', ')}`);
    }
    if (!WITH_VALUE.includes(name!)) {
      if (attached !== undefined) throw new UsageError(`${name} takes no value, got "${attached}"`);
      options.set(name!, '');
      continue;
    }
    const value = attached ?? rest.shift();
    if (value === undefined || value === '' || value.startsWith('--'))
      throw new UsageError(`${name}: expected a value`);
    options.set(name!, value);
  }
  return options;
}

function numberIn(
  text: string | undefined,
  usual: number,
  name: string,
  expected: string,
  isGood: (value: number) => boolean,
): number {
  if (text === undefined) return usual;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (isGood(value)) return value;
  throw new UsageError(`${name}: expected ${expected}, got "${text}"`);
}

function serversIn(name: string | undefined): readonly ServerKind[] {
  if (name === undefined) return SERVER_KINDS;
  const kinds = SERVER_KINDS.filter((kind) => kind === name);
  if (kinds.length > 0) return kinds;
  throw new UsageError(
    `unknown server "${name}"${didYouMean(name, SERVER_KINDS)}; there are: ${SERVER_KINDS.join(', ')}`,
  );
}

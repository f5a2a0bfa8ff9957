import { didYouMean } from 'node-mysqlpool/pool';
import { SERVER_KINDS, type ServerKind } from '#support/servers/index.js';
import { ROADS, type RoadName } from './roads.js';

export const USAGE = `usage: npm run test:gateway-programs -- [options]

  --programs N     how many random programs; 50 if not given
  --seed N         the seed of the first one; the next have the next numbers
  --server NAME    only this one: ${SERVER_KINDS.join(', ')}; all in turn if not given
  --through NAME   what stands between: ${ROADS.join(', ')}; gateway if not given
  --failures N     goes on until so many programs have failed; 1 if not given
  --planted        plants faults in a copy of the gateway, one at a time, and says which program finds each
  --help           this text

A program that fails is made shorter and printed as a file for test/gateway/programs. Exit status 1 then.
`;

const OPTIONS = ['--programs', '--seed', '--server', '--through', '--failures', '--planted', '--help'];
const FLAGS = ['--planted', '--help'];
const MOST = 2 ** 31;

export interface Request {
  readonly help: boolean;
  readonly planted: boolean;
  readonly programs: number;
  readonly seed: number;
  readonly servers: readonly ServerKind[];
  readonly through: RoadName;
  readonly failures: number;
}

/** The command line is invalid; the message says why. */
export class UsageError extends Error {}

/** @throws UsageError */
export function read(args: readonly string[]): Request {
  const options = optionsIn(args);
  const server = options.get('--server');
  const through = options.get('--through') ?? 'gateway';
  return {
    help: options.has('--help'),
    planted: options.has('--planted'),
    programs: numberIn(options, '--programs', 50),
    seed: numberIn(options, '--seed', Math.floor(Math.random() * 1e9)),
    servers: server === undefined ? SERVER_KINDS : [oneOf(SERVER_KINDS, server, 'server')],
    through: oneOf(ROADS, through, 'road'),
    failures: numberIn(options, '--failures', 1),
  };
}

function optionsIn(args: readonly string[]): Map<string, string> {
  const options = new Map<string, string>();
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, name, attached] = /^([^=]*)(?:=(.*))?$/s.exec(arg)!;
    oneOf(OPTIONS, name!, 'option');
    const value = FLAGS.includes(name!) ? '' : (attached ?? rest.shift());
    if (value === undefined || value.startsWith('--')) throw new UsageError(`${name}: expected a value`);
    options.set(name!, value);
  }
  return options;
}

function numberIn(options: ReadonlyMap<string, string>, name: string, usual: number): number {
  const text = options.get(name);
  if (text === undefined) return usual;
  if (!/^\d+$/.test(text) || Number(text) >= MOST)
    throw new UsageError(`${name}: expected a whole number, got "${text}"`);
  return Number(text);
}

function oneOf<T extends string>(names: readonly T[], name: string, what: string): T {
  const found = names.find((one) => one === name);
  if (found !== undefined) return found;
  throw new UsageError(`unknown ${what} "${name}"${didYouMean(name, names)}; there are: ${names.join(', ')}`);
}

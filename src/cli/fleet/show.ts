import type { ResolvedFleetOptions } from '../../budget/fleet-options.js';
import { duration } from '../../monitor/duration.js';
import { count } from '../amounts.js';
import { alterUser, proposedLimit } from '../alter-user.js';
import type { Answer } from '../ask-over.js';
import type { Given } from '../command.js';
import { readSettings, type Target } from '../doctor/read-settings.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { Failure, UsageError } from '../failure.js';
import { roomAgain, whatIsFull } from '../full.js';
import { widthOf, type Io } from '../io.js';
import { jsonText } from '../json-text.js';
import type { Paint } from '../paint.js';
import { table, type Column } from '../table.js';
import { harmless, wrap } from '../text.js';
import { askAccount, type AccountFacts } from './ask-account.js';
import { processesOf, type FleetProcess } from './processes.js';

/** An account, and the result of asking its server. */
export interface Asked {
  readonly user: string | undefined;
  readonly address: string;
  readonly answer: Answer<AccountFacts>;
  /** The number of named locks that limit the fleet (`cap: 'slots'`); undefined if the account's own limit does. */
  readonly slots: number | undefined;
}

/** Runs the command: reads the settings, asks the servers and prints the answers. */
export async function show(given: Given, io: Io): Promise<ExitStatus> {
  const asked: Asked[] = [];
  // One after the other, so that the command has only one connection at a time.
  for (const { facts, connection } of accounts(given.operands[0], io)) {
    const answer = await askAccount(connection.driver, io.signal);
    asked.push({ user: facts.user, address: facts.address, answer, slots: slotsIn(facts.fleet) });
  }
  const width = widthOf(io.stdout) - 1;
  const text = given.has('json')
    ? jsonText({ version: 1, accounts: asked.map(asJson) }, 2)
    : asked.map((each) => accountLines(each, width, given.paint).join('\n')).join('\n\n');
  io.stdout.write(`${text}\n`);
  if (asked.some(({ answer }) => answer.kind === 'unreachable')) return EXIT.unreachable;
  return asked.every((each) => wrongWith(each) === undefined) ? EXIT.fine : EXIT.wrong;
}

/** The accounts that are named by the URL or the settings, each of them once. */
function accounts(url: string | undefined, io: Io): Target[] {
  const { targets, mistakes } = readSettings({ env: io.env, folder: io.folder, config: undefined, url });
  const [mistake] = mistakes;
  if (mistake !== undefined) {
    const ofUrl = mistake.setting === '--url';
    throw new Failure(mistake.message.replace(/^--url: /, ''), ofUrl ? EXIT.usage : EXIT.wrong);
  }
  if (targets.length === 0) {
    throw new UsageError('which account? mysqlpool fleet mysql://user@host, DATABASE_URL, or settings as for doctor');
  }
  return [...new Map(targets.map((target) => [`${target.facts.user ?? ''} ${target.facts.address}`, target])).values()];
}

const slotsIn = (fleet: ResolvedFleetOptions | undefined): number | undefined =>
  fleet?.cap === 'slots' ? fleet.limit : undefined;

/** The limit that applies: the number of named locks, if these limit the fleet, or else the account's own limit. */
const limitIn = ({ slots }: Asked, { limit }: AccountFacts): number | undefined =>
  slots ?? (limit === 0 ? undefined : limit);

/** What is wrong, in a sentence; undefined if nothing is. */
function wrongWith(asked: Asked): string | undefined {
  const { answer } = asked;
  if (answer.kind === 'unreachable') return `The server cannot be reached: ${answer.why}.`;
  if (answer.kind === 'refused') {
    const { full, why } = answer;
    if (full === undefined) return `The server does not let us in: ${why}.`;
    return `${whatIsFull(full, asked.user)}, and there was no place for this command either (${why}). ${roomAgain(full)}`;
  }
  const { facts } = answer;
  const limit = limitIn(asked, facts);
  if (limit === undefined) {
    return `The account has no limit of its own: nothing bounds what its processes have together. ${alterUser(facts.account, proposedLimit(facts.maxConnections))}`;
  }
  if (facts.sessions.length < limit) return undefined;
  return `The account is full: ${facts.sessions.length} of ${limit} places are taken, and whoever wants one more waits.`;
}

/** Formats what is known about one account, in lines of at most `width`. */
export function accountLines(asked: Asked, width: number, paint: Paint): string[] {
  const { user, address, answer } = asked;
  const wrong = wrongWith(asked);
  const verdict =
    wrong === undefined ? [paint('green', 'Nothing is wrong.')] : marked(wrong, width, (text) => paint('red', text));
  if (answer.kind !== 'answered')
    return [...wrap(harmless(`${user ?? 'nobody'} at ${address}`), width), '', ...verdict];
  const { facts } = answer;
  const processes = processesOf(facts.sessions);
  return [
    ...wrap(
      harmless(`${facts.account} at ${address}: ${takenOf(asked, facts)}; this command's own is not counted`),
      width,
    ),
    '',
    ...(processes.length === 0 ? ['Nobody else is connected.'] : table(COLUMNS, processes, width, paint)),
    '',
    ...verdict,
    ...unknown(facts, processes).flatMap((text) => marked(text, width, (mark) => paint('dim', mark), '-')),
  ];
}

function takenOf(asked: Asked, facts: AccountFacts): string {
  const { length } = facts.sessions;
  const limit = limitIn(asked, facts);
  if (limit === undefined) return `${count(length, 'session')}, no limit`;
  return `${length} of ${count(limit, 'session')} (${asked.slots === undefined ? 'max_user_connections' : 'named locks, cap: slots'})`;
}

/** Notes on what the server does not tell. */
function unknown({ hidden }: AccountFacts, processes: readonly FleetProcess[]): string[] {
  if (processes.length === 0) return [];
  if (hidden !== undefined) {
    return [
      `Which process has which session the server does not tell (${harmless(hidden)}): they are counted by host.`,
    ];
  }
  const nameless = processes.filter(({ pid }) => pid === undefined).reduce((sum, { sessions }) => sum + sessions, 0);
  if (nameless === 0) return [];
  return [`${count(nameless, 'session')} without a process: the program does not say which one it is.`];
}

function marked(text: string, width: number, paint: (mark: string) => string, mark = '!'): string[] {
  const [first = '', ...rest] = wrap(harmless(text), width, '  ');
  return [paint(mark) + first.slice(1), ...rest];
}

/** Formats a number of seconds, which the server tells without fractions. */
function seconds(value: number | undefined): string {
  if (value === undefined) return '-';
  return value < 60 ? `${value} s` : duration(value * 1_000);
}

const COLUMNS: readonly Column<FleetProcess>[] = [
  { title: 'PROGRAM', cell: ({ program }) => harmless(program ?? '-'), least: 8, goes: 3 },
  { title: 'HOST', cell: ({ host }) => harmless(host), least: 9, goes: 0 },
  { title: 'PID', cell: ({ pid }) => String(pid ?? '-'), align: 'right', goes: 1 },
  { title: 'POOLS', cell: ({ pools }) => harmless(pools.join(', ')) || '-', least: 8, goes: 6 },
  { title: 'OPEN', cell: ({ sessions }) => String(sessions), align: 'right', goes: 0 },
  { title: 'RUNNING', cell: ({ running }) => String(running), align: 'right', goes: 2 },
  { title: 'LONGEST', cell: ({ longestStatement }) => seconds(longestStatement), align: 'right', goes: 5 },
  { title: 'IDLE', cell: ({ idle }) => String(idle), align: 'right', goes: 2 },
  { title: 'SILENT', cell: ({ longestSilence }) => seconds(longestSilence), align: 'right', goes: 4 },
];

/**
 * Scripts rely on this format: names and meanings stay the same, and later versions only add properties. null means
 * that something is not known, or that there is no limit.
 */
function asJson(asked: Asked): object {
  const { user, address, answer } = asked;
  const problem = wrongWith(asked) ?? null;
  if (answer.kind !== 'answered') {
    const full = answer.kind === 'refused' ? answer.full : undefined;
    return { address, user, answered: false, full: full !== undefined, limit: full?.limit ?? null, problem };
  }
  const { facts } = answer;
  const limit = limitIn(asked, facts) ?? null;
  return {
    address,
    user,
    answered: true,
    account: facts.account,
    limit,
    cap: asked.slots === undefined ? 'account' : 'slots',
    count: facts.sessions.length,
    full: limit !== null && facts.sessions.length >= limit,
    byProcess: facts.hidden === undefined,
    processes: processesOf(facts.sessions).map((each) => ({
      ...each,
      program: each.program ?? null,
      pid: each.pid ?? null,
      longestStatement: each.longestStatement ?? null,
      longestSilence: each.longestSilence ?? null,
    })),
    problem,
  };
}

/** Makes a program of a seed. */
import { Random } from '#chaos/random.js';
import type { ServerKind } from '#support/servers/index.js';
import { Lines, TOPICS, type Topic } from './grammar/index.js';
import { LEFT_OUT, type ClientPlan, type LeftOut, type Program, type Step } from './program.js';
import { DATABASES } from './scene.js';

const MOST_STEPS = 240;

/** What clients of everyday leave out. */
const USUAL: readonly (readonly LeftOut[])[] = [
  ['DEPRECATE_EOF', 'INTERACTIVE', 'MULTI_STATEMENTS', 'IGNORE_SPACE'], // libmariadb, with FOUND_ROWS: Django
  ['DEPRECATE_EOF', 'SESSION_TRACK', 'FOUND_ROWS', 'IGNORE_SPACE', 'MULTI_STATEMENTS', 'INTERACTIVE'], // PyMySQL, mysqli
  ['DEPRECATE_EOF', 'SESSION_TRACK', 'FOUND_ROWS', 'IGNORE_SPACE', 'INTERACTIVE'], // PDO
  ['INTERACTIVE'], // Connector/J
  ['FOUND_ROWS', 'IGNORE_SPACE', 'INTERACTIVE'], // mysql
  ['DEPRECATE_EOF', 'MULTI_STATEMENTS', 'INTERACTIVE'], // npm mysql2
];
/**
 * utf8mb4, latin1, gbk, utf8mb3, and one that only MySQL knows: what a reset makes of that one in MariaDB is what an
 * earlier session of the same thread had.
 */
const CHARSETS: Record<ServerKind, readonly number[]> = {
  mariadb: [45, 45, 45, 224, 8, 28, 33],
  mysql: [45, 45, 45, 224, 8, 28, 33, 255],
};

export function generate(seed: number, kind: ServerKind): Program {
  const random = new Random(seed);
  const count = random.pick([1, 2, 2, 2, 3, 4]);
  const lines = new Lines(random, kind, topicsOf(random, count));
  const clients = Array.from({ length: count }, () => clientPlan(random, kind));
  const slots = clients.map(() => new Slots(kind));
  const length = random.int(20, MOST_STEPS);
  const queues: (string | readonly string[])[][] = clients.map(() => []);
  const steps: Step[] = [];
  // How often the clients take turns.
  const patience = random.pick([1, 2, 6]);
  let client = 0;
  while (steps.length < length) {
    if (random.oneIn(patience)) client = random.int(0, count - 1);
    const queue = queues[client]!;
    if (queue.length === 0)
      queue.push(...(random.oneIn(12) ? [random.pick(['COMMIT', 'ROLLBACK'])] : lines.next(client)));
    const next = queue.shift()!;
    if (slots[client]!.isLeftOut(next)) continue;
    const send = slots[client]!.withCursor(next);
    const { [client]: own } = slots;
    for (const one of [...before(send, kind), ...own!.emptied(send), ...own!.anew(send), send, ...after(send, kind)])
      steps.push({ client, send: one });
  }
  for (const [index] of clients.entries()) {
    for (const send of LAST_QUESTIONS) steps.push({ client: index, send });
  }
  return { clients, steps };
}

/** COM_RESET_CONNECTION on MySQL, COM_CHANGE_USER on MariaDB. */
const LEAVES_ROLE: Record<ServerKind, RegExp> = { mysql: /^!reset/, mariadb: /^!(?:reset|user)/ };
/**
 * What these have made of the session has to be asked before anything else is said: trackers, and a collation that nothing tells. The last
 * is refused by MySQL where it does not know the types of values, which leaves the warnings of the statement before, in that session.
 */
const KEEPS_NO_WARNINGS = /session_track|\b(?:character set|charset) |\bnames\b[^;]*,|,\s*names\b|^!again/i;

function before(send: Step['send'], kind: ServerKind): readonly string[] {
  // They leave the role, which no client of a gateway has that has not asked for it itself.
  return typeof send === 'string' && LEAVES_ROLE[kind].test(send) ? ['SET ROLE NONE'] : [];
}

function after(send: Step['send'], kind: ServerKind): readonly string[] {
  if (send === 'COMMIT RELEASE') return ['!connect'];
  // On MySQL every question that can be asked takes the warnings away, and nobody is to look for them.
  return kind === 'mysql' && typeof send === 'string' && KEEPS_NO_WARNINGS.test(send) ? ['SELECT 1'] : [];
}

/** MariaDB does not tell what these have set, and is asked; in a transaction it tells what that has read. */
const SETS_UNTOLD = /(?:\bset|,)\s*@@/i;
const ASKS_FOR_STATES = /transaction_info = '(?:STATE|CHAR)/;
/** MySQL is asked what these have made of its trackers, likewise. */
const SETS_TRACKERS = /session_track_/;
const OPENS = /\b(?:BEGIN|START TRANSACTION|p_begin|CHAIN)/i;
const ENDS = /^(?:COMMIT|ROLLBACK)$|^XA (?:COMMIT|ROLLBACK)/;
/** From then on a transaction may be open that nothing has begun, or that no COMMIT ends. */
const OPENS_BY_ITSELF = /^XA START|autocommit\W+(?:0|OFF)|completion_type/i;
const BEGINS_ANEW = /^!(?:reset|user|connect)/;
const BEYOND_ASCII = /[^ -~]/;
/** They count no rows, or may fail: FOUND_ROWS() is that of a statement before. */
const COUNTS_NOTHING: Record<ServerKind, RegExp> = {
  mysql: /^(?:SHOW CREATE|SELECT COUNT \(|SELECT "facts")/,
  mariadb: /^(?:SHOW CREATE|SELECT COUNT \(|SELECT "facts"|TABLE|VALUES)/,
};
const ASKS_FOUND_ROWS = /^SELECT FOUND_ROWS/;
/** One of the tables that come and go. */
const OF_DROPPED = /FROM n\d/;
/** Where an INSERT after SET sql_auto_is_null has failed, MariaDB finds the row of one before, in the session that has inserted it. */
const FINDS_LAST = /WHERE id IS NULL$/;

/** What a client has prepared, and what MySQL does with it that no client can work with, or that no other session can be given. */
class Slots {
  readonly #kind: ServerKind;
  readonly #withCursor = new Set<string>();
  readonly #texts = new Map<string, string>();
  readonly #executed = new Set<string>();
  /** Those that were prepared in another database, or may have been. */
  readonly #elsewhere = new Set<string>();
  /** Those that data was sent ahead for. */
  readonly #ahead = new Set<string>();
  #isReadOnly = false;
  #isToldStates = false;
  /** In a transaction, perhaps. */
  #mayBeOpen = false;
  #opensByItself = false;
  #hasFound = false;
  #hasCounted = false;
  #last = '';

  constructor(kind: ServerKind) {
    this.#kind = kind;
  }

  /**
   * The same, with a cursor where there has to be one: MySQL 9.7 never ends its answer to an execution without a cursor of a statement that
   * was executed with one before, with or without a gateway.
   */
  withCursor(send: Step['send']): Step['send'] {
    return typeof send === 'string' ? this.#one(send) : send.map((text) => this.#one(text));
  }

  #one(text: string): string {
    const [, word = '', named = '', sql = ''] = /^!(prepare|cursor|execute|again) (\S+) ?(.*)/s.exec(text) ?? [];
    const slot = this.#slotOf(named);
    if (word === 'cursor') this.#withCursor.add(slot);
    if (word === 'prepare') {
      this.#texts.set(slot, sql);
      this.#last = slot;
      this.#executed.delete(slot);
      this.#elsewhere.delete(slot);
    } else if (word !== '') this.#executed.add(slot);
    return this.#kind === 'mysql' && this.#withCursor.has(slot) ? text.replace(/^!(?:execute|again)/, '!cursor') : text;
  }

  #slotOf(name: string): string {
    return name === 'last' ? this.#last : name;
  }

  /** Whether it would be answered otherwise by a session that has not done all of it before. */
  isLeftOut(send: Step['send']): boolean {
    const text = String(send);
    this.#isReadOnly ||= /read.only/i.test(text);
    this.#isToldStates ||= ASKS_FOR_STATES.test(text);
    if (/^(?:use |!use )/i.test(text)) for (const slot of this.#texts.keys()) this.#elsewhere.add(slot);
    if (this.#isPreparedAnew(text) || this.#asksEarlierFound(text)) return true;
    if (this.#isReadOnly && this.#hasTwoErrors(text)) return true;
    this.#noteTransaction(text);
    if (this.#kind === 'mysql') return this.#isToldStates && this.#mayBeOpen && SETS_TRACKERS.test(text);
    return (this.#isToldStates && SETS_UNTOLD.test(text)) || (this.#isReadOnly && FINDS_LAST.test(text));
  }

  #noteTransaction(text: string): void {
    if (BEGINS_ANEW.test(text)) this.#opensByItself = false;
    this.#opensByItself ||= OPENS_BY_ITSELF.test(text);
    if (OPENS.test(text) || this.#opensByItself) this.#mayBeOpen = true;
    else if (ENDS.test(text) || BEGINS_ANEW.test(text)) this.#mayBeOpen = false;
  }

  /** Whether it asks what a statement before the last has found, without SQL_CALC_FOUND_ROWS since it was asked last. */
  #asksEarlierFound(text: string): boolean {
    const asks = ASKS_FOUND_ROWS.test(text);
    if (asks && !this.#hasFound && !this.#hasCounted) return true;
    this.#hasFound = !asks && (this.#hasFound || text.includes('SQL_CALC_FOUND_ROWS'));
    this.#hasCounted = /^(?:SELECT|SHOW|DESC|TABLE|VALUES)/i.test(text) && !COUNTS_NOTHING[this.#kind].test(text);
    return false;
  }

  /**
   * Whether the server prepares the statement anew itself, in the session as it is now: MySQL reads what is beyond ASCII otherwise, and
   * where it fails the server has been in the database of the statement and tells of its way back, late.
   */
  #isPreparedAnew(send: string): boolean {
    const [, slot = ''] = /^!(?:execute|cursor|again) (\S+)/.exec(send) ?? [];
    const text = this.#texts.get(this.#slotOf(slot)) ?? '';
    const isReadAnew = this.#kind === 'mysql' && this.#executed.has(slot) && BEYOND_ASCII.test(text);
    return isReadAnew || (this.#elsewhere.has(slot) && OF_DROPPED.test(text));
  }

  /**
   * Whether a write that is not to be is run with the wrong number of values, or without their types: where it has to be prepared anew the one error comes first,
   * and where it is prepared the other.
   */
  #hasTwoErrors(send: string): boolean {
    const [, word, slot = '', values] = /^!(execute|cursor|again) (\S+) (.*)/s.exec(send) ?? [];
    if (values === undefined) return false;
    const text = this.#texts.get(this.#slotOf(slot)) ?? '';
    const isUntyped = word === 'again' && !this.#executed.has(this.#slotOf(slot));
    return /^(?:INSERT|UPDATE)/.test(text) && (isUntyped || hasOtherCount(text, values));
  }

  /**
   * What has to be sent before: MySQL keeps the warnings and errors of the statement before, with its own, where it refuses a command unread
   * or there is no cursor, and a session that has prepared the statement since has none to keep.
   */
  emptied(send: Step['send']): readonly string[] {
    const [, word = '', slot = '', values] = /^!(fetch|execute|cursor|again) (\S+) ?(.*)/s.exec(String(send)) ?? [];
    if (word === '' || this.#kind === 'mariadb') return [];
    const text = this.#texts.get(this.#slotOf(slot));
    const isRefused = word === 'fetch' || text === undefined || hasOtherCount(text, values!);
    return isRefused ? ['SELECT 1'] : [];
  }

  /**
   * What has to be sent before: a server takes data that is sent ahead for what the parameter was in an execution before, a number for one
   * (MariaDB for the number of the place where it keeps the data), and a session that has prepared the statement since does not. And MySQL
   * can read no more executions where one had a value besides the data.
   */
  anew(send: Step['send']): readonly string[] {
    const [, word = '', slot = ''] =
      (typeof send === 'string' && /^!(long|execute|cursor|again) (\S+)/.exec(send)) || [];
    if (word !== 'long')
      return this.#ahead.delete(slot) && !String(send).includes('"!long"') ? [`!restart ${slot}`] : [];
    this.#ahead.add(slot);
    const text = this.#texts.get(slot);
    return this.#executed.delete(slot) && text !== undefined ? [`!prepare ${slot} ${text}`] : [];
  }
}

/** Whether there are more or fewer values than a statement has parameters. */
const hasOtherCount = (text: string, values: string): boolean =>
  text.split('?').length - 1 !== (values === '' ? 0 : (JSON.parse(values) as unknown[]).length);

/** Few topics at a time, so that what they do meets. */
function topicsOf(random: Random, clients: number): readonly Topic[] {
  const usable = TOPICS.filter(({ alone }) => alone === undefined || clients === 1);
  // What pins hides what is wrong without.
  const mayPin = random.oneIn(2);
  const topics = usable.filter(({ pins }) => random.oneIn(pins === undefined || mayPin ? 2.5 : 1e9));
  return topics.length > 0 ? topics : [random.pick(usable)];
}

function clientPlan(random: Random, kind: ServerKind): ClientPlan {
  const without = random.oneIn(2) ? random.pick(USUAL) : LEFT_OUT.filter(() => random.oneIn(2));
  return { without, charset: random.pick(CHARSETS[kind]), database: random.pick(['pa', 'pa', 'pb', DATABASES[2]]) };
}

/** Variables that differ from session to session, or by the clock. */
const OTHERWISE = [
  'timestamp',
  'pseudo_thread_id',
  'rand_seed1',
  'rand_seed2',
  'last_gtid',
  'statement_id',
  // MariaDB forgets that of the database in COM_RESET_CONNECTION, until the next USE.
  'character_set_database',
  'collation_database',
];

/** The whole session at the end, and what it has written. */
const LAST_QUESTIONS: readonly string[] = [
  'SELECT @a, @b, @c, LAST_INSERT_ID(), DATABASE()',
  `SHOW SESSION VARIABLES WHERE Variable_name NOT IN (${OTHERWISE.map((name) => `'${name}'`).join(', ')})`,
  'ROLLBACK',
  'SHOW TABLES',
];

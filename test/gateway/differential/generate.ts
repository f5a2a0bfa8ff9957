/** Generates a program from a seed. */
import { Random } from '#chaos/random.js';
import type { ServerKind } from '#support/servers/index.js';
import { Lines, TOPICS, type Topic } from './grammar/index.js';
import { LEFT_OUT, type ClientPlan, type LeftOut, type Program, type Step } from './program.js';
import { DATABASES } from './scene.js';

const MOST_STEPS = 240;

/** The capabilities that common clients do not ask for. */
const USUAL: readonly (readonly LeftOut[])[] = [
  ['DEPRECATE_EOF', 'INTERACTIVE', 'MULTI_STATEMENTS', 'IGNORE_SPACE'], // libmariadb, with FOUND_ROWS: Django
  ['DEPRECATE_EOF', 'SESSION_TRACK', 'FOUND_ROWS', 'IGNORE_SPACE', 'MULTI_STATEMENTS', 'INTERACTIVE'], // PyMySQL, mysqli
  ['DEPRECATE_EOF', 'SESSION_TRACK', 'FOUND_ROWS', 'IGNORE_SPACE', 'INTERACTIVE'], // PDO
  ['INTERACTIVE'], // Connector/J
  ['FOUND_ROWS', 'IGNORE_SPACE', 'INTERACTIVE'], // mysql
  ['DEPRECATE_EOF', 'MULTI_STATEMENTS', 'INTERACTIVE'], // npm mysql2
];
/**
 * utf8mb4, latin1, gbk, utf8mb3, and one that only MySQL knows. It is not sent to MariaDB, which at a reset replaces it
 * by the collation of an earlier session of the same thread.
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
  // The average number of steps before another client may take its turn.
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
 * Statements after which the gateway must query the session's state before it sends anything else: they set trackers,
 * or a collation that no tracker reports. The last pattern (an execution without types) is for another reason: MySQL
 * refuses it in a session that does not know the types, in which the warnings of the previous statement then remain.
 */
const KEEPS_NO_WARNINGS = /session_track|\b(?:character set|charset) |\bnames\b[^;]*,|,\s*names\b|^!again/i;

function before(send: Step['send'], kind: ServerKind): readonly string[] {
  // These commands leave the default role active, which a gateway's client has only if it has set the role itself.
  return typeof send === 'string' && LEAVES_ROLE[kind].test(send) ? ['SET ROLE NONE'] : [];
}

function after(send: Step['send'], kind: ServerKind): readonly string[] {
  if (send === 'COMMIT RELEASE') return ['!connect'];
  // On MySQL the gateway has to query the session after these, which clears the warnings: so the program clears them
  // too.
  return kind === 'mysql' && typeof send === 'string' && KEEPS_NO_WARNINGS.test(send) ? ['SELECT 1'] : [];
}

/** MariaDB does not report what these have set: the gateway queries it, which in a transaction counts as a read. */
const SETS_UNTOLD = /(?:\bset|,)\s*@@/i;
const ASKS_FOR_STATES = /transaction_info = '(?:STATE|CHAR)/;
/** Likewise, the gateway queries MySQL after these for the state of its session trackers. */
const SETS_TRACKERS = /session_track_/;
const OPENS = /\b(?:BEGIN|START TRANSACTION|p_begin|CHAIN)/i;
const ENDS = /^(?:COMMIT|ROLLBACK)$|^XA (?:COMMIT|ROLLBACK)/;
/** After these, a transaction may be open without a BEGIN, or still be open after a COMMIT. */
const OPENS_BY_ITSELF = /^XA START|autocommit\W+(?:0|OFF)|completion_type/i;
const BEGINS_ANEW = /^!(?:reset|user|connect)/;
const BEYOND_ASCII = /[^ -~]/;
/** Statements that count no rows or may fail: after them, FOUND_ROWS() is that of an earlier statement. */
const COUNTS_NOTHING: Record<ServerKind, RegExp> = {
  mysql: /^(?:SHOW CREATE|SELECT COUNT \(|SELECT "facts")/,
  mariadb: /^(?:SHOW CREATE|SELECT COUNT \(|SELECT "facts"|TABLE|VALUES)/,
};
const ASKS_FOUND_ROWS = /^SELECT FOUND_ROWS/;
/** Statements on tables that programs create and drop. */
const OF_DROPPED = /FROM n\d/;
/**
 * With sql_auto_is_null this finds the last inserted row. If that INSERT has failed, MariaDB finds the row of an
 * earlier one, but only in the session that has run it.
 */
const FINDS_LAST = /WHERE id IS NULL$/;

/**
 * Tracks a client's prepared statements and session, to leave out commands whose answers depend on state that no other
 * session can be given, or that MySQL itself answers in a way no client can work with.
 */
class Slots {
  readonly #kind: ServerKind;
  readonly #withCursor = new Set<string>();
  readonly #texts = new Map<string, string>();
  readonly #executed = new Set<string>();
  /** The slots of statements that were, or may have been, prepared in another database. */
  readonly #elsewhere = new Set<string>();
  /** The slots of statements for which long data was sent. */
  readonly #ahead = new Set<string>();
  #isReadOnly = false;
  #isToldStates = false;
  /** A transaction may be open. */
  #mayBeOpen = false;
  #opensByItself = false;
  #hasFound = false;
  #hasCounted = false;
  #last = '';

  constructor(kind: ServerKind) {
    this.#kind = kind;
  }

  /**
   * The command, changed to use a cursor if the statement was executed with one before: otherwise MySQL 9.7 never ends
   * its answer, with or without a gateway.
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

  /** Whether the answer would be different in a session that has not run all of the client's earlier commands. */
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

  /**
   * Whether it asks for FOUND_ROWS() of a statement before the last, without an SQL_CALC_FOUND_ROWS since the last such
   * query.
   */
  #asksEarlierFound(text: string): boolean {
    const asks = ASKS_FOUND_ROWS.test(text);
    if (asks && !this.#hasFound && !this.#hasCounted) return true;
    this.#hasFound = !asks && (this.#hasFound || text.includes('SQL_CALC_FOUND_ROWS'));
    this.#hasCounted = /^(?:SELECT|SHOW|DESC|TABLE|VALUES)/i.test(text) && !COUNTS_NOTHING[this.#kind].test(text);
    return false;
  }

  /**
   * Whether the server itself prepares the statement again, in the present state of the session. MySQL may then read
   * non-ASCII characters differently. If this fails, the server was in the statement's database meanwhile, and its
   * schema tracker reports late that it has changed back.
   */
  #isPreparedAnew(send: string): boolean {
    const [, slot = ''] = /^!(?:execute|cursor|again) (\S+)/.exec(send) ?? [];
    const text = this.#texts.get(this.#slotOf(slot)) ?? '';
    const isReadAnew = this.#kind === 'mysql' && this.#executed.has(slot) && BEYOND_ASCII.test(text);
    return isReadAnew || (this.#elsewhere.has(slot) && OF_DROPPED.test(text));
  }

  /**
   * Whether a write is executed with the wrong number of values or without types, which may cause two errors: which one
   * comes first depends on whether the statement has to be prepared in this session.
   */
  #hasTwoErrors(send: string): boolean {
    const [, word, slot = '', values] = /^!(execute|cursor|again) (\S+) (.*)/s.exec(send) ?? [];
    if (values === undefined) return false;
    const text = this.#texts.get(this.#slotOf(slot)) ?? '';
    const isUntyped = word === 'again' && !this.#executed.has(this.#slotOf(slot));
    return /^(?:INSERT|UPDATE)/.test(text) && (isUntyped || hasOtherCount(text, values));
  }

  /**
   * What to send before a command: when MySQL refuses a command unread, or a fetch without a cursor, it keeps the
   * warnings of the previous statement and adds its own. A session in which the gateway has prepared the statement
   * since then has none to keep.
   */
  emptied(send: Step['send']): readonly string[] {
    const [, word = '', slot = '', values] = /^!(fetch|execute|cursor|again) (\S+) ?(.*)/s.exec(String(send)) ?? [];
    if (word === '' || this.#kind === 'mariadb') return [];
    const text = this.#texts.get(this.#slotOf(slot));
    const isRefused = word === 'fetch' || text === undefined || hasOtherCount(text, values!);
    return isRefused ? ['SELECT 1'] : [];
  }

  /**
   * What to send before a command with long data: a server takes the data for a value of the parameter's type in the
   * previous execution, such as a number (MariaDB: the number of the place where it keeps the data), but not in a
   * session that has prepared the statement since then. And after an execution that had a value besides the data, MySQL
   * cannot read further executions.
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

/** A few topics per program, so that they affect each other. */
function topicsOf(random: Random, clients: number): readonly Topic[] {
  const usable = TOPICS.filter(({ alone }) => alone === undefined || clients === 1);
  // Half of the programs have no topics that pin, since pinning hides faults that occur without it.
  const mayPin = random.oneIn(2);
  const topics = usable.filter(({ pins }) => random.oneIn(pins === undefined || mayPin ? 2.5 : 1e9));
  return topics.length > 0 ? topics : [random.pick(usable)];
}

function clientPlan(random: Random, kind: ServerKind): ClientPlan {
  const without = random.oneIn(2) ? random.pick(USUAL) : LEFT_OUT.filter(() => random.oneIn(2));
  return { without, charset: random.pick(CHARSETS[kind]), database: random.pick(['pa', 'pa', 'pb', DATABASES[2]]) };
}

/** Variables that differ between sessions, or with time. */
const OTHERWISE = [
  'timestamp',
  'pseudo_thread_id',
  'rand_seed1',
  'rand_seed2',
  'last_gtid',
  'statement_id',
  // At COM_RESET_CONNECTION, MariaDB forgets the database's character set until the next USE.
  'character_set_database',
  'collation_database',
];

/** Queries at the end of a program, which show the whole session and what it has written. */
const LAST_QUESTIONS: readonly string[] = [
  'SELECT @a, @b, @c, LAST_INSERT_ID(), DATABASE()',
  `SHOW SESSION VARIABLES WHERE Variable_name NOT IN (${OTHERWISE.map((name) => `'${name}'`).join(', ')})`,
  'ROLLBACK',
  'SHOW TABLES',
];

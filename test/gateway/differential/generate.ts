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
  const cursors = clients.map(() => new Cursors(kind));
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
    const send = cursors[client]!.withCursor(queue.shift()!);
    // They leave the role, which no client of a gateway has that has not asked for it itself.
    if (typeof send === 'string' && LEAVES_ROLE[kind].test(send)) steps.push({ client, send: 'SET ROLE NONE' });
    steps.push({ client, send });
    if (send === 'COMMIT RELEASE') steps.push({ client, send: '!connect' });
  }
  for (const [index] of clients.entries()) {
    for (const send of LAST_QUESTIONS) steps.push({ client: index, send });
  }
  return { clients, steps };
}

/**
 * MySQL 9.7 never ends its answer to an execution without a cursor of a statement that was executed with one before: no client can go on
 * then, with or without a gateway.
 */
class Cursors {
  readonly #kind: ServerKind;
  readonly #slots = new Set<string>();

  constructor(kind: ServerKind) {
    this.#kind = kind;
  }

  /** The same, with a cursor where there has to be one. */
  withCursor(send: string | readonly string[]): string | readonly string[] {
    if (this.#kind !== 'mysql') return send;
    return typeof send === 'string' ? this.#one(send) : send.map((text) => this.#one(text));
  }

  #one(text: string): string {
    const [, word = '', slot = ''] = /^!(cursor|execute|again) (\S+)/.exec(text) ?? [];
    if (word === 'cursor') this.#slots.add(slot);
    return this.#slots.has(slot) ? text.replace(word, 'cursor') : text;
  }
}

/** COM_RESET_CONNECTION on MySQL, COM_CHANGE_USER on MariaDB. */
const LEAVES_ROLE: Record<ServerKind, RegExp> = { mysql: /^!reset/, mariadb: /^!(?:reset|user)/ };

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

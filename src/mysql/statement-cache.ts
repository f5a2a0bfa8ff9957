import { internals, type Command, type MysqlConnection } from './driver.js';

/** What mysql2 keeps of a prepared statement. */
interface Prepared {
  readonly id: unknown;
  /** Tells the server that it is not needed any more. */
  close(): unknown;
}

/** How many prepared statements a connection keeps by default. */
const MOST = 256;
const LEAST = 16;
/** How many a server keeps for all its clients, unless somebody has set max_prepared_stmt_count. */
const SERVER_KEEPS = 16_382;

/** So many that a pool of this size alone cannot use up what the server keeps. */
export function mostPrepared(maxSize: number): number {
  return Math.max(LEAST, Math.min(MOST, Math.floor(SERVER_KEEPS / maxSize)));
}

/** What an error of the server says when it keeps no more prepared statements. */
const TOO_MANY_PREPARED = 1461;

/**
 * In the place of mysql2's own cache of prepared statements. The server binds a statement to the database, sql_mode and
 * character set of the moment when it is prepared, so each is used again only under the same. mysql2's own cache looks
 * at the text alone, and has room set aside for all the statements that it may ever hold.
 */
export class StatementCache {
  readonly #most: number;
  readonly #under: () => string | undefined;
  /** The one that was not used for longest is the first. */
  readonly #known = new Map<string, Prepared>();
  #others = 0;

  /** @param under a name for what a statement prepared now is bound to; undefined: that is not known */
  constructor(most: number, under: () => string | undefined) {
    this.#most = Math.max(1, most);
    this.#under = under;
  }

  get size(): number {
    return this.#known.size;
  }

  get(key: string): Prepared | undefined {
    const under = this.#under();
    if (under === undefined || this.#known.size === 0) return undefined;
    const name = nameOf(key, under);
    const found = this.#known.get(name);
    if (found === undefined) return undefined;
    this.#known.delete(name);
    this.#known.set(name, found);
    return found;
  }

  set(key: string, statement: Prepared): void {
    // One that is never found again has its place all the same: it must be closed some time.
    const name = nameOf(key, this.#under() ?? `?${++this.#others}`);
    this.#known.get(name)?.close();
    this.#known.set(name, statement);
    if (this.#known.size > this.#most) this.closeOldest(1);
  }

  /** Forgets one that its user closes. */
  delete(key: string): boolean {
    const under = this.#under();
    return under !== undefined && this.#known.delete(nameOf(key, under));
  }

  /** The server has dropped them all. */
  clear(): void {
    this.#known.clear();
  }

  /** What mysql2 2 calls `delete` and `clear`. */
  del(key: string): boolean {
    return this.delete(key);
  }

  reset(): void {
    this.clear();
  }

  /** mysql2 keeps closed ones: whoever runs the same text next would be told that the server does not know it. */
  forget(id: unknown): void {
    for (const [name, statement] of this.#known) if (statement.id === id) return void this.#known.delete(name);
  }

  closeOldest(count: number): void {
    for (const [name, statement] of this.#known) {
      if (count-- <= 0) return;
      this.#known.delete(name);
      statement.close();
    }
  }
}

const nameOf = (key: string, under: string): string => (under === '' ? key : `${under}\0${key}`);

/** Gives a connection a cache of ours. */
export function keepStatements(connection: MysqlConnection, under: () => string | undefined): StatementCache {
  const inside = internals(connection);
  const cache = new StatementCache(inside.config.maxPreparedStatements, under);
  inside._statements = cache;
  return cache;
}

/** A command that prepares a statement. */
export interface Preparation extends Command {
  readonly query: string;
  readonly options: object;
}

export const isPreparation = (command: Command): command is Preparation =>
  command.sql === undefined && typeof command.query === 'string' && typeof command.options === 'object';

/**
 * Has a statement prepared once more, ahead of all that waits, when the server keeps no more of them: the older half of
 * our own is closed for it.
 * @param collect answers the commands that `send` would send
 */
export function prepareAgain(
  connection: MysqlConnection,
  cache: StatementCache,
  command: Preparation,
  collect: (send: () => void) => Command[],
): void {
  const { onResult } = command;
  if (onResult === undefined) return;
  command.onResult = (error, ...answer) => {
    if ((error as { errno?: unknown } | null)?.errno !== TOO_MANY_PREPARED || cache.size === 0) {
      onResult(error, ...answer);
      return;
    }
    const closing = collect(() => cache.closeOldest(Math.ceil(cache.size / 2)));
    const { constructor } = command as { readonly constructor: unknown };
    const Prepare = constructor as new (options: object, done: typeof onResult) => Command;
    const { _commands } = internals(connection);
    _commands.unshift(new Prepare(command.options, onResult));
    for (const close of closing) _commands.unshift(close);
  };
}

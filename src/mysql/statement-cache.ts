import { internals, type Command, type MysqlConnection } from './driver.js';

/** What mysql2 keeps for a prepared statement. */
interface Prepared {
  readonly id: unknown;
  /** Deallocates it on the server. */
  close(): unknown;
}

/** The default limits of prepared statements per connection. */
const MOST = 256;
const LEAST = 16;
/** The default of max_prepared_stmt_count: how many prepared statements a server keeps for all clients. */
const SERVER_KEEPS = 16_382;

/** The number per connection with which a pool of this size alone cannot use up the server's limit. */
export function mostPrepared(maxSize: number): number {
  return Math.max(LEAST, Math.min(MOST, Math.floor(SERVER_KEEPS / maxSize)));
}

/** ER_MAX_PREPARED_STMT_COUNT_REACHED. */
const TOO_MANY_PREPARED = 1461;

/**
 * Replaces mysql2's own cache of prepared statements. The server binds a statement to the schema, sql_mode and
 * character set at the time of PREPARE, so a statement is reused only under the same three. mysql2's own cache looks at
 * the text alone, and pre-allocates memory for its maximum number of statements.
 */
export class StatementCache {
  readonly #most: number;
  readonly #under: () => string | undefined;
  /** In order of use: the least recently used statement comes first. */
  readonly #known = new Map<string, Prepared>();
  #others = 0;

  /**
   * @param under identifies the schema, sql_mode and character set that a statement prepared now is bound to; undefined
   * if they are not known
   */
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
    // A statement that cannot be found again is kept as well, because it must be closed eventually.
    const name = nameOf(key, this.#under() ?? `?${++this.#others}`);
    this.#known.get(name)?.close();
    this.#known.set(name, statement);
    if (this.#known.size > this.#most) this.closeOldest(1);
  }

  /** Forgets a statement that the application closes. */
  delete(key: string): boolean {
    const under = this.#under();
    return under !== undefined && this.#known.delete(nameOf(key, under));
  }

  /** Forgets all statements: the server has dropped them. */
  clear(): void {
    this.#known.clear();
  }

  /** The names of `delete` and `clear` in mysql2 2. */
  del(key: string): boolean {
    return this.delete(key);
  }

  reset(): void {
    this.clear();
  }

  /**
   * Forgets a statement by its id. mysql2 would keep a closed statement, and the next execution of its text would fail
   * as unknown to the server.
   */
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

/** Installs our cache on a connection. */
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
 * If the server has reached its limit of prepared statements, closes the older half of ours and prepares the statement
 * once more, ahead of all queued commands.
 * @param collect returns the commands that `send` sends, instead of sending them
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

import { effectOf } from '../session/index.js';
import { internals, type Command, type MysqlConnection } from './driver.js';
import { UncleanConnectionError } from './errors.js';

const REPEATABLE = /^\s*(?:set|use)\s/i;

/**
 * What somebody else does to a session before the pool gets it, so that it can be done again when the session was reset.
 * System variables are put back by their values; other SETs, and USE, are said again. A session that was given more
 * than that (a temporary table, a lock) cannot be made as it was.
 */
export class SetUp {
  readonly #pool: string;
  readonly #again: string[] = [];
  #isRepeatable = true;
  readonly #unwatch: () => void;

  /** @param connection one that the server has just greeted */
  constructor(pool: string, connection: MysqlConnection) {
    this.#pool = pool;
    const inside = internals(connection);
    const addCommand = inside.addCommand.bind(inside);
    const watching = (command: Command): Command => {
      this.#see(command);
      return addCommand(command);
    };
    inside.addCommand = watching;
    this.#unwatch = () => {
      if (inside.addCommand === watching) inside.addCommand = addCommand;
    };
  }

  /** The connection is handed over: what is said from now on is not part of it. */
  end(): void {
    this.#unwatch();
  }

  /** Whether there is anything that is not a matter of system variables. */
  get isPlain(): boolean {
    return this.#isRepeatable && this.#again.length === 0;
  }

  /** Says again what can be said again. */
  async repeat(connection: MysqlConnection): Promise<void> {
    for (const sql of this.#again) await connection.promise().query({ sql, values: [] });
  }

  /** Says all of it again. @throws UncleanConnectionError when that cannot be done */
  async repeatAll(connection: MysqlConnection): Promise<void> {
    if (!this.#isRepeatable) {
      throw new UncleanConnectionError(this.#pool, 'it was set up with more than SET, which cannot be done again');
    }
    await this.repeat(connection);
  }

  #see(command: Command): void {
    const sql = command.sql ?? command.statement?.query;
    if (typeof sql !== 'string') return;
    const effect = effectOf(sql, { several: true });
    const isUse = /^\s*use\s/i.test(sql);
    if (effect.kind === 'read' || (effect.kind === 'write' && !isUse)) return;
    if (effect.kind === 'set' && !effect.variables.includes('charset')) return;
    if (REPEATABLE.test(sql)) this.#again.push(sql);
    else this.#isRepeatable = false;
  }
}

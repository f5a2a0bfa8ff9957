import { effectOf } from '../session/index.js';
import { internals, type Command, type MysqlConnection } from './driver.js';
import { UncleanConnectionError } from './errors.js';

const REPEATABLE = /^\s*(?:set|use)\s/i;

/** A statement that was recorded. */
interface Said {
  readonly method: 'query' | 'execute';
  readonly sql: string;
  readonly values: unknown;
}

type Send = (statement: object, done: (error: unknown) => void) => unknown;

/**
 * Records the statements with which others set up a new connection before it is first lent (an ORM that creates it, or
 * listeners), so that they can be repeated after the session was reset.
 */
export class InitRecorder {
  readonly #pool: string;
  readonly #said: Said[] = [];
  readonly #end: () => void;

  /** @param connection a connection whose login has just succeeded */
  constructor(pool: string, connection: MysqlConnection) {
    this.#pool = pool;
    const inside = internals(connection);
    const addCommand = inside.addCommand.bind(inside);
    const recording = (command: Command): Command => {
      this.#note(command);
      return addCommand(command);
    };
    inside.addCommand = recording;
    this.#end = () => {
      if (inside.addCommand === recording) inside.addCommand = addCommand;
    };
  }

  /** Stops recording. */
  end(): void {
    this.#end();
  }

  /** Whether the recorded statements set nothing but system variables, which a reset restores by value. */
  get isPlain(): boolean {
    return this.#said.every(({ sql }) => isPlain(sql));
  }

  /** Repeats the SET and USE statements whose effect is not just that of system variables. */
  async repeatRest(connection: MysqlConnection): Promise<void> {
    for (const said of this.#said) {
      if (!isPlain(said.sql) && REPEATABLE.test(said.sql)) await send(connection, said);
    }
  }

  /**
   * Repeats the set-up completely, or fails if that is impossible.
   * @throws UncleanConnectionError if there was more than SET and USE: a temporary table or a lock cannot be recreated
   */
  async repeatWhole(connection: MysqlConnection): Promise<void> {
    if (this.#said.some(({ sql }) => !isPlain(sql) && !REPEATABLE.test(sql))) {
      throw new UncleanConnectionError(
        this.#pool,
        'it was set up with more than SET and USE, which cannot be repeated',
      );
    }
    await this.repeatRest(connection);
  }

  /** Repeats every statement. One that failed the first time fails again, which is ignored as it was then. */
  async repeatAll(connection: MysqlConnection): Promise<void> {
    for (const said of this.#said) await send(connection, said).catch(() => undefined);
  }

  #note(command: Command): void {
    const sql = command.sql ?? command.statement?.query;
    if (typeof sql !== 'string') return;
    // The text of a query already contains its values.
    const isQuery = command._queryOptions !== undefined;
    const values = isQuery ? [] : ((command as { readonly parameters?: unknown }).parameters ?? []);
    this.#said.push({ method: isQuery ? 'query' : 'execute', sql, values });
  }
}

/** Whether a reset followed by the pool's own set-up has the same effect as the statement. */
function isPlain(sql: string): boolean {
  const effect = effectOf(sql, { several: true });
  if (effect.kind === 'set') return !effect.variables.includes('charset');
  return effect.kind === 'read' || (effect.kind === 'write' && !/^\s*use\s/i.test(sql));
}

function send(connection: MysqlConnection, { method, sql, values }: Said): Promise<void> {
  const statement = connection[method].bind(connection) as unknown as Send;
  return new Promise((resolve, reject) => {
    statement({ sql, values }, (error) => (error ? reject(error as Error) : resolve()));
  });
}

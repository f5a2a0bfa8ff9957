import { effectOf } from '../session/index.js';
import { internals, type Command, type MysqlConnection } from './driver.js';
import { UncleanConnectionError } from './errors.js';

const REPEATABLE = /^\s*(?:set|use)\s/i;

/** A statement that was sent. */
interface Said {
  readonly method: 'query' | 'execute';
  readonly sql: string;
  readonly values: unknown;
}

type Send = (statement: object, done: (error: unknown) => void) => unknown;

/**
 * What somebody else says to a new connection before it is first lent, so that it can be said again when the session was
 * reset: an ORM that makes the connection, or listeners that set it up.
 */
export class InitRecorder {
  readonly #pool: string;
  readonly #said: Said[] = [];
  readonly #end: () => void;

  /** @param connection one that the server has just let in */
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

  /** What is said from now on is not part of it. */
  end(): void {
    this.#end();
  }

  /** Whether there is anything that is not a matter of system variables, which are put back by their values. */
  get isPlain(): boolean {
    return this.#said.every(({ sql }) => isPlain(sql));
  }

  /** Says again what is no matter of system variables. */
  async repeatRest(connection: MysqlConnection): Promise<void> {
    for (const said of this.#said) {
      if (!isPlain(said.sql) && REPEATABLE.test(said.sql)) await send(connection, said);
    }
  }

  /**
   * The same, where nothing else will do.
   * @throws UncleanConnectionError when there was more than SET and USE: a temporary table or a lock is gone for good
   */
  async repeatWhole(connection: MysqlConnection): Promise<void> {
    if (this.#said.some(({ sql }) => !isPlain(sql) && !REPEATABLE.test(sql))) {
      throw new UncleanConnectionError(this.#pool, 'it was set up with more than SET, which cannot be done again');
    }
    await this.repeatRest(connection);
  }

  /** Says every single statement again. What failed the first time fails again, and matters as little. */
  async repeatAll(connection: MysqlConnection): Promise<void> {
    for (const said of this.#said) await send(connection, said).catch(() => undefined);
  }

  #note(command: Command): void {
    const sql = command.sql ?? command.statement?.query;
    if (typeof sql !== 'string') return;
    // The text of a query has its values in it already.
    const isQuery = command._queryOptions !== undefined;
    const values = isQuery ? [] : ((command as { readonly parameters?: unknown }).parameters ?? []);
    this.#said.push({ method: isQuery ? 'query' : 'execute', sql, values });
  }
}

/** Whether a reset with the pool's own set-up after it does as much. */
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

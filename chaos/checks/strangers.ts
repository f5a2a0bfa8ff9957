import { createConnection, type Connection } from 'mysql2/promise';
import type { OwnServer } from '#support/servers/index.js';
import type { Violations } from '../violations.js';

/** The statement that the strangers run; SLEEP takes seconds. */
const WORK = 'SELECT SLEEP(0.3) AS interrupted';
const UNDISTURBED = '[{"interrupted":0}]';

/**
 * Other programs with the same account, which run statements all the time. None must ever lose a statement or
 * connection.
 */
export class Strangers {
  readonly #violations: Violations;
  readonly #at = new Set<Promise<void>>();
  readonly #open = new Set<Connection>();
  #isOver = false;
  /** How many statements the strangers have completed. */
  done = 0;

  constructor(violations: Violations) {
    this.#violations = violations;
  }

  /** Adds a stranger, which works from now on. Resolves with its session's id on the server. */
  async enter(server: OwnServer): Promise<number> {
    const { host, port, user, password } = server;
    const connection = await createConnection({ host, port, user, password });
    connection.on('error', () => undefined);
    this.#open.add(connection);
    this.#at.add(this.#work(connection, `stranger ${connection.threadId} on port ${port}`));
    return connection.threadId;
  }

  /** Lets all strangers finish their statements, then disconnects them. */
  async leave(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#at);
    for (const connection of this.#open) connection.destroy();
    this.#open.clear();
    this.#at.clear();
    this.#isOver = false;
  }

  async #work(connection: Connection, who: string): Promise<void> {
    while (!this.#isOver) {
      try {
        const [rows] = await connection.query(WORK);
        const answer = JSON.stringify(rows);
        if (answer !== UNDISTURBED) this.#violations.report('strangers', `${who}: a statement was stopped: ${answer}`);
        this.done++;
      } catch (error) {
        const { code, message, fatal } = error as { code?: unknown; message: string; fatal?: unknown };
        this.#violations.report('strangers', `${who}: ${String(code)} ${message}`);
        if (fatal === true) return;
      }
    }
  }
}

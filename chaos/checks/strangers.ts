import { createConnection, type Connection } from 'mysql2/promise';
import type { OwnServer } from '#support/servers/index.js';
import type { Violations } from '../violations.js';

/** How long (s) each of their statements takes. */
const WORK = 'SELECT SLEEP(0.3) AS interrupted';
const UNDISTURBED = '[{"interrupted":0}]';

/** Other programs of the same account, who work all the time: none may ever lose a statement, or its connection. */
export class Strangers {
  readonly #violations: Violations;
  readonly #at = new Set<Promise<void>>();
  readonly #open = new Set<Connection>();
  #isOver = false;
  /** How many statements they have done. */
  done = 0;

  constructor(violations: Violations) {
    this.#violations = violations;
  }

  /** One more, who works from now on. Answers the number of its session. */
  async enter(server: OwnServer): Promise<number> {
    const { host, port, user, password } = server;
    const connection = await createConnection({ host, port, user, password });
    connection.on('error', () => undefined);
    this.#open.add(connection);
    this.#at.add(this.#work(connection, `stranger ${connection.threadId} on port ${port}`));
    return connection.threadId;
  }

  /** Lets all finish what they are at, and leave. */
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

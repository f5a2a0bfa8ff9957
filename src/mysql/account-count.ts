import type { Errands } from '../pool/index.js';
import type { MysqlConnection } from './driver.js';
import type { SessionCount, SessionCounter } from './fleet-sessions.js';
import { runOwn } from './own-commands.js';
import { askLimit, askRefusals } from './server-identity.js';
import { sessionOf } from './session.js';

const NOTHING: Promise<undefined> = Promise.resolve(undefined);

const LABEL = 'mysqlpool count';

// How long (ms) it waits for a connection, and how long for the answer before it counts as none.
const PATIENCE = 250;

// How long (ms) the answer may take at all: the connection serves nobody meanwhile.
const LONGEST = 10_000;

// A refused login, and one that is just being let in or ended, is listed as well.
const NOT_ADMITTED: ReadonlySet<unknown> = new Set(['Connect', 'Killed']);

interface Listed {
  readonly User: unknown;
  readonly Command: unknown;
}

/**
 * Counts the sessions of an account on the server, over a connection that the pool has anyway, and asks for the account's
 * limit: all sessions of an account see it as it is (MySQL), or as it was at the latest login of any of them (MariaDB).
 *
 * The server lists a session by the name of its user, and limits accounts, which are a name and a host pattern: those of
 * another account of the same name are counted as well. That is rather too many than too few. Sessions on other servers
 * of a cluster are not listed. Where places are locks, those that are taken are what counts: the account may be used without
 * a place.
 */
export class AccountCount implements SessionCounter {
  readonly #pool: Errands<MysqlConnection>;
  readonly #tellLimit: (limit: number) => void;
  #underWay: Promise<SessionCount | undefined> | undefined;

  /** @param tellLimit hears the account's limit, as the server has it by then, with each count */
  constructor(pool: Errands<MysqlConnection>, tellLimit: (limit: number) => void) {
    this.#pool = pool;
    this.#tellLimit = tellLimit;
  }

  get isOver(): boolean {
    return this.#pool.stats().state === 'closed';
  }

  /** Undefined when there is no connection to ask over for the moment, or the server does not answer in time. */
  async now(asksRefusals: boolean): Promise<SessionCount | undefined> {
    if (this.#pool.stats().size === 0) return undefined;
    const late = new Promise<undefined>((resolve) => void setTimeout(resolve, PATIENCE, undefined).unref());
    this.#underWay ??= this.#ask(asksRefusals).finally(() => (this.#underWay = undefined));
    return Promise.race([this.#underWay, late]);
  }

  async #ask(asksRefusals: boolean): Promise<SessionCount | undefined> {
    try {
      const signal = AbortSignal.timeout(PATIENCE);
      const lease = await this.#pool.acquire(
        LABEL,
        signal,
        (connection) => this.#nameOn(connection) !== undefined,
        true,
      );
      const { connection } = lease;
      const late = setTimeout(() => lease.destroy(new Error('the process list was not answered')), LONGEST).unref();
      try {
        const session = sessionOf(connection);
        const { slots } = session.host;
        if (slots !== undefined) return await slots.count(session);
        const sent = session.together(
          () =>
            [
              runOwn(session, 'SHOW PROCESSLIST'),
              askLimit(session),
              asksRefusals ? askRefusals(session) : NOTHING,
            ] as const,
        );
        const [listed, limit, refusals] = await Promise.all(sent);
        const rows = listed as unknown as readonly Listed[];
        this.#tellLimit(limit);
        const name = this.#nameOn(connection);
        const admitted = rows.filter(({ User, Command }) => User === name && !NOT_ADMITTED.has(Command));
        return { sessions: admitted.length, refusals };
      } finally {
        clearTimeout(late);
        lease.release();
      }
    } catch {
      return undefined;
    }
  }

  /** The account's name: what comes before its host in `CURRENT_USER()`. */
  #nameOn(connection: MysqlConnection): string | undefined {
    const account = sessionOf(connection).state.identity?.user;
    return account?.slice(0, account.lastIndexOf('@'));
  }
}

import type { Errands } from '../pool/index.js';
import { isAdmitted } from '../session/index.js';
import type { MysqlConnection } from './driver.js';
import type { SessionCount, SessionCounter } from './fleet-sessions.js';
import { runOwn } from './own-commands.js';
import { askLimit, askRefusals } from './server-identity.js';
import { sessionOf } from './session.js';

const NOTHING: Promise<undefined> = Promise.resolve(undefined);

const LABEL = 'mysqlpool count';

// How long (ms) to wait for a connection, and how long for the answer, before the count is given up as unknown.
const PATIENCE = 250;

// After this time (ms) the connection is destroyed: it serves nobody while the answer is outstanding.
const LONGEST = 10_000;

interface Listed {
  readonly User: unknown;
  readonly Command: unknown;
  readonly State: unknown;
}

/**
 * Counts the sessions of the account on the server over a connection that the pool already has, and asks for the
 * account's limit. On MySQL every session sees the current limit; on MariaDB it sees the limit as it was at the latest
 * login of any session of the account.
 *
 * The server lists sessions by user name, but limits accounts, which are a user name and a host pattern. Sessions of
 * another account with the same user name are therefore counted as well; overcounting is the safe direction. Sessions
 * on other servers of a cluster are not listed. If the places of the fleet are named locks, the taken places are
 * counted instead of sessions, because the account may have sessions without a place.
 */
export class AccountCount implements SessionCounter {
  readonly #pool: Errands<MysqlConnection>;
  readonly #tellLimit: (limit: number) => void;
  #underWay: Promise<SessionCount | undefined> | undefined;

  /** @param tellLimit called with each count, with the account's limit as the server reports it at that time */
  constructor(pool: Errands<MysqlConnection>, tellLimit: (limit: number) => void) {
    this.#pool = pool;
    this.#tellLimit = tellLimit;
  }

  get isOver(): boolean {
    return this.#pool.stats().state === 'closed';
  }

  /** Undefined if the pool has no connection available at the moment, or the server does not answer in time. */
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
        const admitted = rows.filter(({ User, Command, State }) => User === name && isAdmitted(Command, State));
        return { sessions: admitted.length, refusals };
      } finally {
        clearTimeout(late);
        lease.release();
      }
    } catch {
      return undefined;
    }
  }

  /** The user name of the account: the part of `CURRENT_USER()` before the host. */
  #nameOn(connection: MysqlConnection): string | undefined {
    const account = sessionOf(connection).state.identity?.user;
    return account?.slice(0, account.lastIndexOf('@'));
  }
}

import type { Errands } from '../pool/index.js';
import type { Backend } from './backend.js';

const LABEL = 'mysqlpool count';

// How long (ms) it waits for a session, and how long for the answer before it counts as none.
const PATIENCE = 250;
// How long (ms) the answer may take at all: the session serves nobody meanwhile.
const LONGEST = 10_000;

// A refused login, and one that is just being let in or ended, is listed as well.
const NOT_ADMITTED: ReadonlySet<unknown> = new Set(['Connect', 'Killed']);

/** Columns of the process list. */
const USER = 1;
const COMMAND = 4;

/** How an account stands. */
interface AccountCount {
  /** Sessions that the server has let in. */
  readonly sessions: number;
  /** Logins that the server has refused since it was started, of whatever account; undefined: not asked, or not told. */
  readonly refusals: number | undefined;
}

/**
 * Counts the sessions of an account on the server, over a session that the pool has anyway, and asks for the account's
 * limit. Rather too many than too few: the server lists sessions by the name of their user, whatever its host.
 */
export class BackendCount {
  readonly #pool: Errands<Backend>;
  readonly #tellLimit: (limit: number) => void;
  #underWay: Promise<AccountCount | undefined> | undefined;

  constructor(pool: Errands<Backend>, tellLimit: (limit: number) => void) {
    this.#pool = pool;
    this.#tellLimit = tellLimit;
  }

  get isOver(): boolean {
    return this.#pool.stats().state === 'closed';
  }

  /** Undefined when there is no session to ask over for the moment, or the server does not answer in time. */
  async now(asksRefusals: boolean): Promise<AccountCount | undefined> {
    if (this.#pool.stats().size === 0) return undefined;
    const late = new Promise<undefined>((resolve) => void setTimeout(resolve, PATIENCE, undefined).unref());
    this.#underWay ??= this.#ask(asksRefusals).finally(() => (this.#underWay = undefined));
    return Promise.race([this.#underWay, late]);
  }

  async #ask(asksRefusals: boolean): Promise<AccountCount | undefined> {
    try {
      const signal = AbortSignal.timeout(PATIENCE);
      const lease = await this.#pool.acquire(LABEL, signal, ({ account }) => account !== undefined, true);
      const backend = lease.connection;
      const late = setTimeout(() => lease.destroy(new Error('the process list was not answered')), LONGEST).unref();
      try {
        const asked = [
          backend.ask('SHOW PROCESSLIST'),
          backend.ask('SELECT @@max_user_connections'),
          asksRefusals ? refusalsAt(backend) : Promise.resolve(undefined),
        ] as const;
        const [listed, limit, refusals] = await Promise.all(asked);
        this.#tellLimit(Number(limit.rows[0]![0]));
        const admitted = listed.rows.filter((row) => row[USER] === backend.account && !NOT_ADMITTED.has(row[COMMAND]));
        return { sessions: admitted.length, refusals };
      } finally {
        clearTimeout(late);
        lease.release();
      }
    } catch {
      return undefined;
    }
  }
}

async function refusalsAt(backend: Backend): Promise<number | undefined> {
  const told = await backend.ask("SHOW GLOBAL STATUS LIKE 'Aborted_connects'").catch(() => undefined);
  const refusals = told?.rows[0]?.[1];
  return typeof refusals === 'string' ? Number(refusals) : undefined;
}

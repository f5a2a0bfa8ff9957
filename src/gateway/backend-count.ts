import type { Errands } from '../pool/index.js';
import { isAdmitted } from '../session/index.js';
import type { Backend } from './backend.js';

const LABEL = 'mysqlpool count';

// How long (ms) to wait for a session to ask over, and then for the answer, before the count fails.
const PATIENCE = 250;
// How long (ms) the server may take to answer at all, as the session serves no client meanwhile: then it is destroyed.
const LONGEST = 10_000;

/** Column indexes of SHOW PROCESSLIST. */
const USER = 1;
const COMMAND = 4;
const STATE = 6;

/** Figures of an account on the server. */
interface AccountCount {
  /** Open sessions. */
  readonly sessions: number;
  /** Logins of any account that the server has refused since it was started; undefined: not asked, or not told. */
  readonly refusals: number | undefined;
}

/**
 * Counts an account's sessions on the server, and asks for its limit, over a session that the pool has open anyway. The
 * count may be too high, never too low: the process list has only the user of a session, so accounts that differ in the
 * host alone are counted together.
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

  /** Undefined if no session is free to ask over, or the server does not answer in time. */
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
        const admitted = listed.rows.filter(
          (row) => row[USER] === backend.account && isAdmitted(row[COMMAND], row[STATE]),
        );
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

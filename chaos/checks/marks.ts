import type { MysqlLease } from 'node-mysqlpool';
import type { ServerKind } from '#support/servers/index.js';
import type { Violations } from '../violations.js';

type Rows = Record<string, unknown>[];

/** The locks, the temporary table and the user variable by which sessions are marked and made dirty. */
export const LOCKS = ['chaos_0', 'chaos_1'] as const;
export const LEFTOVER_TABLE = 'leftover';

const NO_SUCH_TABLE = 1146;
const IN_TRANSACTION = 1568;

/** Time-out of the checking statements, in ms. */
const LOOK_WITHIN = 3_000;

function lookOf(kind: ServerKind): string {
  const isolation = kind === 'mysql' ? '@@transaction_isolation' : '@@tx_isolation';
  const held = LOCKS.map((lock) => `IFNULL(IS_USED_LOCK('${lock}') = CONNECTION_ID(), 0)`).join(' + ');
  return `SELECT @owner AS owner, @x AS x, DATABASE() AS db, @@autocommit AS autocommit, @@sql_mode AS sqlMode,
    @@time_zone AS timeZone, @@innodb_lock_wait_timeout AS lockWait, @@collation_connection AS collation,
    @@group_concat_max_len AS groupConcat, @@max_sort_length AS sortLength, ${isolation} AS isolation, ${held} AS locks`;
}

/** Marks each borrowed session, and checks that it has no marks or state of earlier borrowers. */
export class Marks {
  readonly #look: string;
  readonly #violations: Violations;
  /** The state of a clean session: that of the first one. */
  #clean: string | undefined;

  constructor(kind: ServerKind, violations: Violations) {
    this.#look = lookOf(kind);
    this.#violations = violations;
  }

  /**
   * Checks a session that was just borrowed, then marks it with `owner`. `deep` adds checks that need more statements.
   */
  async check(lease: MysqlLease, owner: string, deep: boolean): Promise<void> {
    const [rows] = await lease.query<never>(this.#look, undefined, { timeout: LOOK_WITHIN });
    const seen = JSON.stringify((rows as Rows)[0]);
    this.#clean ??= seen;
    if (seen !== this.#clean) this.#violations.report('foreign state', `${seen} instead of ${this.#clean}`);
    if (deep) await this.#lookDeeper(lease);
    await lease.query('SET @owner = ?', [owner], { timeout: LOOK_WITHIN });
    const [marked] = await lease.query<never>('SELECT @owner AS owner', undefined, { timeout: LOOK_WITHIN });
    const mark = (marked as Rows)[0]?.['owner'];
    if (mark !== owner) this.#violations.report('foreign state', `marked ${owner}, found ${String(mark)}`);
  }

  /** Checks for state that no variable shows: a temporary table, an open transaction. */
  async #lookDeeper(lease: MysqlLease): Promise<void> {
    const table = await errnoOf(lease.query(`SELECT 1 FROM ${LEFTOVER_TABLE}`, undefined, { timeout: LOOK_WITHIN }));
    if (table === 0) this.#violations.report('foreign state', 'a temporary table');
    else if (table !== NO_SUCH_TABLE) return;
    const transaction = await errnoOf(lease.query('SET TRANSACTION READ WRITE', undefined, { timeout: LOOK_WITHIN }));
    if (transaction === IN_TRANSACTION) this.#violations.report('foreign state', 'an open transaction');
  }
}

/** The server's error number, or 0 for success. Errors that are not the server's are thrown. */
async function errnoOf(work: Promise<unknown>): Promise<number> {
  try {
    await work;
    return 0;
  } catch (error) {
    const { errno } = error as { errno?: unknown };
    if (typeof errno === 'number' && errno > 0) return errno;
    throw error;
  }
}

import type { Row } from '#support/servers/index.js';
import type { Violations } from '../violations.js';

/** Runs a statement as the server's admin. */
export type Admin = (sql: string) => Promise<Row[]>;

export const LEDGER_TABLES = [
  'CREATE TABLE chaos.ledger (tok VARCHAR(40) NOT NULL, account INT NOT NULL, amount INT NOT NULL, KEY (tok)) ENGINE=InnoDB',
  'CREATE TABLE chaos.autos (tok VARCHAR(40) NOT NULL, KEY (tok)) ENGINE=InnoDB',
  'CREATE TABLE chaos.ghosts (tok VARCHAR(40) NOT NULL) ENGINE=InnoDB',
];

/** Compares the database with the work whose commit was confirmed, and with the work that must not be there. */
export class Ledger {
  readonly #admin: Admin;
  readonly #violations: Violations;
  /**
   * Transfers by the outcome that their callers got. Those with an unknown outcome are in neither set: they may be in
   * the database or not, but only as a whole.
   */
  readonly #committed = new Set<string>();
  readonly #failed = new Set<string>();
  readonly #autos = new Set<string>();
  #tokens = 0;
  /** How many transfers were compared so far. */
  transfers = 0;
  unknown = 0;

  constructor(admin: Admin, violations: Violations) {
    this.#admin = admin;
    this.#violations = violations;
  }

  /** A unique name for a piece of work. */
  token(): string {
    return `t${++this.#tokens}`;
  }

  committed(token: string): void {
    this.#committed.add(token);
  }

  failed(token: string): void {
    this.#failed.add(token);
  }

  /** The connection was lost during COMMIT. */
  unknownOutcome(): void {
    this.unknown++;
  }

  /** A single autocommitted statement has succeeded. */
  done(token: string): void {
    this.#autos.add(token);
  }

  /** Compares the ledger with the database, then clears both. To be called while no work is in progress. */
  async compare(): Promise<void> {
    await this.#compareTransfers();
    await this.#compareAutos();
    const [ghosts] = await this.#admin('SELECT COUNT(*) AS count FROM chaos.ghosts');
    if (Number(ghosts?.['count']) > 0)
      this.#violations.report('ledger', `${String(ghosts?.['count'])} rows that nobody committed`);
    for (const table of ['ledger', 'autos', 'ghosts']) await this.#admin(`DELETE FROM chaos.${table}`);
    this.transfers += this.#committed.size + this.#failed.size;
    for (const set of [this.#committed, this.#failed, this.#autos]) set.clear();
  }

  async #compareTransfers(): Promise<void> {
    const rows = await this.#admin('SELECT tok, COUNT(*) AS count, SUM(amount) AS sum FROM chaos.ledger GROUP BY tok');
    const there = new Set<string>();
    for (const { tok, count, sum } of rows) {
      const token = String(tok);
      there.add(token);
      if (Number(count) !== 2 || Number(sum) !== 0) {
        this.#violations.report('ledger', `half a transfer: ${token} has ${String(count)} sides, sum ${String(sum)}`);
      }
      if (this.#failed.has(token)) this.#violations.report('ledger', `${token} failed, and is there`);
    }
    for (const token of this.#committed) {
      if (!there.has(token)) this.#violations.report('ledger', `${token} was committed, and is not there`);
    }
  }

  async #compareAutos(): Promise<void> {
    const rows = await this.#admin('SELECT tok, COUNT(*) AS count FROM chaos.autos GROUP BY tok');
    const there = new Set(rows.map(({ tok }) => String(tok)));
    for (const { tok, count } of rows) {
      if (Number(count) !== 1) this.#violations.report('ledger', `${String(tok)} was done ${String(count)} times`);
    }
    for (const token of this.#autos) {
      if (!there.has(token)) this.#violations.report('ledger', `${token} was done, and is not there`);
    }
  }
}

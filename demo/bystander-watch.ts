import type { BystanderRound } from './messages.js';

/**
 * Counts the bystander's successes and failures. Failures while the database is down (from the kill until it accepts
 * connections again) are counted separately; all others are caused by the FTP server.
 */
export class BystanderWatch {
  ok = 0;
  lastError: string | undefined;
  readonly #failed: BystanderRound[] = [];
  #down: { readonly from: number; until: number } | undefined;

  round(round: BystanderRound): void {
    if (round.error === undefined) {
      this.ok++;
      return;
    }
    this.#failed.push(round);
    this.lastError = round.error;
  }

  wentDown(): void {
    this.#down = { from: Date.now(), until: Infinity };
  }

  cameUp(): void {
    if (this.#down) this.#down.until = Date.now();
  }

  get failed(): number {
    return this.#failed.length - this.failedInOutage;
  }

  get failedInOutage(): number {
    const down = this.#down;
    return down ? this.#failed.filter((each) => each.began <= down.until && each.ended >= down.from).length : 0;
  }
}

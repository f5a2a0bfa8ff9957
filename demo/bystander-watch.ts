import type { BystanderRound } from './messages.js';

/**
 * Counts how the bystander fares. What fails while the database is down (from the moment it is killed until it takes
 * connections again) is nobody's fault and counted apart; every other failure is the FTP server's doing.
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

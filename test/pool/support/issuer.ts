import type { Denial, PermitAccount, PermitHolder, PermitOutcome, Permits } from 'node-mysqlpool/pool';

/** Issues a number of permits to one pool, and records the pool's calls. */
export class Issuer implements Permits, PermitAccount {
  free: number;
  /** How many permits the pool holds. */
  taken = 0;
  contested = false;
  holder!: PermitHolder;
  readonly calls: string[] = [];
  readonly outcomes: PermitOutcome[] = [];
  /** The value of `coming` in a denial. */
  coming = 1;
  retryIn: number | undefined;

  constructor(free: number) {
    this.free = free;
  }

  join(holder: PermitHolder): PermitAccount {
    this.holder = holder;
    return this;
  }

  take(): true | Denial {
    this.calls.push('take');
    if (this.free === 0) {
      return {
        limit: 'a limit',
        held: this.taken,
        of: this.taken + this.free,
        coming: this.coming,
        retryIn: this.retryIn,
      };
    }
    this.free--;
    this.taken++;
    return true;
  }

  giveBack(outcome: PermitOutcome): void {
    this.calls.push('giveBack');
    this.outcomes.push(outcome);
    this.free++;
    this.taken--;
  }

  withdraw(): void {
    this.calls.push('withdraw');
  }

  close(): void {
    this.calls.push('close');
  }

  /** Makes one more permit available. */
  grant(): void {
    this.free++;
    this.holder.retry();
  }
}

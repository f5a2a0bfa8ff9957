import type { PermitAccount, PermitHolder, Permits } from 'node-mysqlpool/pool';

/** Gives out so many permits to one pool, and writes down what it is asked. */
export class Issuer implements Permits, PermitAccount {
  free: number;
  /** How many the pool holds. */
  taken = 0;
  contested = false;
  holder!: PermitHolder;
  readonly calls: string[] = [];

  constructor(free: number) {
    this.free = free;
  }

  join(holder: PermitHolder): PermitAccount {
    this.holder = holder;
    return this;
  }

  take(): boolean {
    this.calls.push('take');
    if (this.free === 0) return false;
    this.free--;
    this.taken++;
    return true;
  }

  giveBack(): void {
    this.calls.push('giveBack');
    this.free++;
    this.taken--;
  }

  withdraw(): void {
    this.calls.push('withdraw');
  }

  close(): void {
    this.calls.push('close');
  }

  /** One more permit is there. */
  grant(): void {
    this.free++;
    this.holder.retry();
  }
}

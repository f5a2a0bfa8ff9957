import type { AccountLimit, CoordinatorState, FleetMember, Standing } from '#internal/budget/coordinator.js';
import type { Clock } from 'node-mysqlpool/pool';

/** A fleet member whose state tests set, and which records the calls made to it. */
export class FakeMember implements FleetMember {
  readonly id: string;
  readonly name: string;
  readonly clock: Clock;
  readonly random = (): number => 0.5;
  limit: number | undefined = 8;
  accountLimit: AccountLimit | undefined = { limit: 8, ago: 0 };
  readonly told_: AccountLimit[] = [];
  standing_: Standing = { held: 0, idle: 0, waiters: 0, demand: 0, floor: 0, weight: 1, refusals: 0 };
  share: number | undefined;
  readonly shed_: number[] = [];
  retries = 0;
  readonly states: CoordinatorState[] = [];

  constructor(clock: Clock, id = 'me', name = 'fleet') {
    this.clock = clock;
    this.id = id;
    this.name = name;
  }

  get state(): CoordinatorState | undefined {
    return this.states.at(-1);
  }

  stands(standing: Partial<Standing>): void {
    this.standing_ = { ...this.standing_, ...standing };
  }

  standing(): Standing {
    return this.standing_;
  }

  count(): ReturnType<FleetMember['count']> {
    return Promise.resolve(undefined);
  }

  shed(count: number): number {
    this.shed_.push(count);
    return 0;
  }

  closeOnReturn(): void {}

  setShare(share: number | undefined): void {
    this.share = share;
  }

  told(limit: number, ago: number): void {
    this.told_.push({ limit, ago });
    this.limit = limit;
    this.accountLimit = { limit, ago };
  }

  retry(): void {
    this.retries++;
  }

  tell(state: CoordinatorState): void {
    this.states.push(state);
  }
}

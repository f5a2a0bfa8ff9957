import type { Violations } from '../violations.js';
import { now, type MemberNews, type Span } from './messages.js';

/** A time span with a fault: requests that fail or wait during it are no violations. */
interface Disturbance {
  readonly from: number;
  to: number;
  /** The member that is affected; undefined: all members. */
  readonly member: number | undefined;
}

/** The error codes of callers that have waited in vain: a time-out, or the end of the pool. */
const IN_VAIN = new Set(['POOL_ACQUIRE_TIMEOUT', 'POOL_CLOSED']);

export interface Bounds {
  /** The longest allowed wait without a fault, in ms; undefined: no limit. */
  readonly wait: number | undefined;
  /** How many connections may be lent at once. */
  readonly lent: number;
}

/** Checks the members' reports for failed requests, too long waits, and more loans at once than allowed. */
export class News {
  readonly #violations: Violations;
  readonly #bounds: Bounds;
  readonly #disturbances: Disturbance[] = [];
  readonly #loans: Span[] = [];
  readonly #sheds = new Map<number, number>();
  served = 0;
  longestWait = 0;
  readonly errors = new Map<string, number>();

  constructor(bounds: Bounds, violations: Violations) {
    this.#bounds = bounds;
    this.#violations = violations;
  }

  /** How many connections all members have given up in favour of others. */
  get sheds(): number {
    return [...this.#sheds.values()].reduce((all, count) => all + count, 0);
  }

  /** A fault begins. It lasts until `more` ms after the returned function is called. */
  disturb(member?: number): (more?: number) => void {
    const disturbance: Disturbance = { from: now(), to: Infinity, member };
    this.#disturbances.push(disturbance);
    return (more = 0) => (disturbance.to = now() + more);
  }

  hear(member: number, { served, wait, loans, failures, sheds }: MemberNews): void {
    this.served += served;
    this.#sheds.set(member, sheds);
    this.#loans.push(...loans);
    for (const { span, code, message } of failures) {
      const kind = code || message.slice(0, 60);
      this.errors.set(kind, (this.errors.get(kind) ?? 0) + 1);
      // Without a coordinator no member gives up connections for others, so that callers may wait in vain.
      if (this.#bounds.wait === undefined && IN_VAIN.has(code)) continue;
      if (!this.#isExcused(member, span)) this.#violations.report('request', `member ${member}: ${code} ${message}`);
    }
    this.#waited(member, wait);
  }

  /** Finds the highest number of concurrent loans. To be called after all reports have arrived. */
  judgeLoans(): number {
    const changes = this.#loans.flatMap(([from, to]) => [
      [from, 1],
      [to, -1],
    ]) as [number, number][];
    let [lent, most] = [0, 0];
    // At the same moment, ends come before beginnings.
    for (const [, change] of changes.toSorted(([a, up], [b, down]) => a - b || up - down)) {
      lent += change;
      most = Math.max(most, lent);
    }
    if (most > this.#bounds.lent) this.#violations.report('limit', `${most} of ${this.#bounds.lent} lent at once`);
    return most;
  }

  #waited(member: number, wait: Span): void {
    if (this.#isExcused(member, wait)) return;
    const took = wait[1] - wait[0];
    this.longestWait = Math.max(this.longestWait, took);
    const { wait: bound } = this.#bounds;
    if (bound !== undefined && took > bound) {
      this.#violations.report('starved', `member ${member}: a caller waited for ${Math.round(took)} ms of ${bound} ms`);
    }
  }

  #isExcused(member: number, [from, to]: Span): boolean {
    return this.#disturbances.some(
      (each) => (each.member === undefined || each.member === member) && from <= each.to && to >= each.from,
    );
  }
}

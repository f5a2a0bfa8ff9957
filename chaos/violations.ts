/** What must never happen, one word a rule. */
export const RULES = [
  'limit', // the server counts more of our sessions than the pool may have
  'strangers', // somebody who has nothing to do with the pool loses a statement or a connection
  'foreign state', // somebody sees what another has left in a session
  'wrong answer', // an answer that belongs to another question
  'deadline', // a promise that settles late, or never
  'uncaught', // a rejection or an error that nobody handles, or a warning of the pool's
  'ledger', // committed work that is missing, uncommitted work that is there, half a transfer
  'capacity', // a pool that does not lend all it has when nothing is wrong any more
  'close', // something that is left after close(), or at the end of the run
  'memory', // a heap that grows
  'places', // places of a process that is gone are not free again in time
  'starved', // a process of a fleet whose callers wait for longer than they need
  'coordinator', // connections that are given up while the coordinator is gone
  'unused', // a fleet that does not fall to its floors, or in which one alone does not get all there is
  'request', // a request that fails although nothing is wrong with its process, its network or the server
  'odd error', // an error that is a mistake in a program
] as const;
export type Rule = (typeof RULES)[number];

export interface Violation {
  readonly rule: Rule;
  readonly server: string;
  /** Milliseconds since the run began on this server. */
  readonly at: number;
  readonly detail: string;
  /** The faults before it, the latest last. */
  readonly after: readonly string[];
}

// Of each rule and server; the others are only counted.
const MOST_KEPT = 10;
const FAULTS_TOLD = 4;

/** Collects what went against the rules on one server. */
export class Violations {
  readonly list: Violation[] = [];
  readonly #server: string;
  readonly #tell: (violation: Violation) => void;
  readonly #began = performance.now();
  readonly #faults: string[] = [];
  readonly #counts = new Map<Rule, number>();

  constructor(server: string, tell: (violation: Violation) => void = () => undefined) {
    this.#server = server;
    this.#tell = tell;
  }

  /** Milliseconds since the beginning. */
  get elapsed(): number {
    return Math.round(performance.now() - this.#began);
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Notes what was done to the pool, for the report. */
  fault(name: string): void {
    this.#faults.push(`${name} at ${this.elapsed} ms`);
    if (this.#faults.length > FAULTS_TOLD) this.#faults.shift();
  }

  report(rule: Rule, detail: string): void {
    const count = (this.#counts.get(rule) ?? 0) + 1;
    this.#counts.set(rule, count);
    if (count > MOST_KEPT) return;
    const violation = { rule, server: this.#server, at: this.elapsed, detail, after: [...this.#faults] };
    this.list.push(violation);
    this.#tell(violation);
  }
}

/** The rules, each named after what must never happen. */
export const RULES = [
  'limit', // the server counts more of our sessions than the pool may have
  'strangers', // a client that does not use the pool loses a statement or a connection
  'foreign state', // a borrower sees session state that another one has left
  'wrong answer', // the answer to another statement
  'deadline', // a promise settles late, or never
  'uncaught', // an unhandled rejection or uncaught error, or a warning of the pool
  'ledger', // committed work is missing, uncommitted work is there, or half a transfer is
  'capacity', // the pool cannot lend maxSize connections although no fault is present
  'close', // something is left open after close(), or at the end of the run
  'memory', // the heap grows
  'places', // the connections of a dead process are not free again in time
  'starved', // callers of a process of the fleet wait for too long
  'coordinator', // connections are given up while the coordinator is gone
  'unused', // an idle fleet does not shrink to its floors, or a single busy member does not get the whole limit
  'request', // a request fails although its process, its network and the server are well
  'odd error', // an error that indicates a programming mistake
] as const;
export type Rule = (typeof RULES)[number];

export interface Violation {
  readonly rule: Rule;
  readonly server: string;
  /** When it happened, in ms since the run began on this server. */
  readonly at: number;
  readonly detail: string;
  /** The faults before it, the latest one last. */
  readonly after: readonly string[];
}

// How many violations are kept per rule and server; further ones are only counted.
const MOST_KEPT = 10;
const FAULTS_TOLD = 4;

/** Collects the violations of the rules on one server. */
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

  /** Time since the beginning, in ms. */
  get elapsed(): number {
    return Math.round(performance.now() - this.#began);
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Records a fault, for the reports of later violations. */
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

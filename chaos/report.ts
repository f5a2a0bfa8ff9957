import type { ServerKind } from '#support/servers/index.js';
import type { TwoServersOutcome } from './two-servers.js';
import type { Violation } from './violations.js';

/** The results of a run on one server. */
export interface Outcome {
  readonly server: ServerKind;
  readonly version: string;
  readonly seconds: number;
  readonly operations: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly work: Readonly<Record<string, number>>;
  readonly errors: Readonly<Record<string, number>>;
  /**
   * How many transfers were compared, and how many had an unknown outcome since the connection was lost during COMMIT.
   */
  readonly transfers: number;
  readonly unknownCommits: number;
  /** The most sessions that the server counted, and the longest time above the limit, in ms. */
  readonly sessions: number;
  readonly aboveLimit: number;
  /** The results with two servers behind one address. */
  readonly twoServers: TwoServersOutcome;
  /** The longest time until the pool could lend maxSize after faults, and the longest delay of a promise, in ms. */
  readonly recovery: number;
  readonly late: number;
  /** The size of the heap in MB, after the first faults and at the end. */
  readonly heap: readonly [first: number, last: number];
  readonly violations: readonly Violation[];
  /** The number of all violations, including those that are not listed. */
  readonly violated: number;
}

export interface Report {
  readonly minutes: number;
  readonly servers: readonly string[];
  readonly operations: number;
  readonly faults: number;
  readonly violations: readonly Violation[];
  readonly violated: number;
  readonly seed: number;
  readonly runs: readonly Omit<Outcome, 'violations'>[];
}

export function reportOf(outcomes: readonly Outcome[], minutes: number, seed: number): Report {
  const sum = (of: (outcome: Outcome) => number): number => outcomes.reduce((all, outcome) => all + of(outcome), 0);
  return {
    minutes,
    servers: outcomes.map(({ server, version }) => `${server} ${version}`),
    operations: sum(({ operations }) => operations),
    faults: sum(({ faults }) => total(faults)),
    violations: outcomes.flatMap(({ violations }) => violations),
    violated: sum(({ violated }) => violated),
    seed,
    runs: outcomes.map(({ violations: _told, ...outcome }) => outcome),
  };
}

export const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

const list = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');

/** A summary of a few lines. */
export function summary(outcome: Outcome): string {
  const { server, version, seconds, operations, faults, transfers, unknownCommits, heap } = outcome;
  return `${server} ${version}: ${operations} operations, ${total(faults)} faults in ${seconds} s
  faults     ${list(faults)}
  work       ${list(outcome.work)}
  errors     ${list(outcome.errors)}
  transfers  ${transfers} compared, ${unknownCommits} lost during COMMIT
  sessions   ${outcome.sessions} at most, above the limit for ${outcome.aboveLimit} ms at most
  strangers  ${outcome.twoServers.undisturbed} statements beside ${outcome.twoServers.stopped} that were stopped, on two servers, ${outcome.twoServers.rounds} rounds
  recovery   whole again after ${outcome.recovery} ms at most
  promises   ${outcome.late} ms late at most
  heap       ${heap[0]} MB after the first faults, ${heap[1]} MB at the end
  ${outcome.violated === 0 ? 'no violation' : `${outcome.violated} violations`}
`;
}

export function violationLine({ server, at, rule, detail, after }: Violation): string {
  const before = after.length > 0 ? after.join(', ') : 'nothing yet';
  return `VIOLATION of "${rule}" on ${server} at ${at} ms: ${detail} (after ${before})`;
}

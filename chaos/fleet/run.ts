import { setTimeout as sleep } from 'node:timers/promises';
import { RedisServer, startOwnServer, type OwnServer, type ServerKind } from '#support/servers/index.js';
import { Random } from '../random.js';
import { Violations, type Violation } from '../violations.js';
import { checkComes, checkFalls } from './checks.js';
import { faultsOf, type FleetFault } from './faults.js';
import type { CoordinatorKind } from './messages.js';
import { IDLE_TIMEOUT, LEASE, LIMIT, Scene } from './scene.js';

const FALLS_WITHIN = IDLE_TIMEOUT + 5_000;
const ALL_WITHIN = 10_000;

export interface FleetPlan {
  readonly kinds: readonly ServerKind[];
  readonly seconds: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly tell: (violation: Violation) => void;
  readonly onFault: (text: string) => void;
  readonly onOutcome: (outcome: FleetOutcome) => void;
}

/** The results of a run with one server and one coordinator; times in ms. */
export interface FleetOutcome {
  readonly server: ServerKind;
  readonly version: string;
  readonly coordinator: CoordinatorKind;
  readonly cap: 'account' | 'slots';
  readonly seconds: number;
  readonly served: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly errors: Readonly<Record<string, number>>;
  /** How often the sessions were counted, the most sessions, and the most concurrent loans. */
  readonly samples: number;
  readonly sessions: number;
  readonly lent: number;
  /** The longest time until the connections of a dead process were free, and the longest wait without a fault. */
  readonly freed: number;
  readonly waited: number;
  /**
   * How long it took the idle fleet to close all sessions, and then one process to get all connections of the limit.
   */
  readonly fell: number;
  readonly reached: number;
  readonly violations: readonly Violation[];
  readonly violated: number;
}

const SUBJECTS = [
  ['none', 'account'],
  ['mysql', 'account'],
  ['redis', 'account'],
  ['mysql', 'slots'],
  ['redis', 'slots'],
] as const;

/** Runs one fleet after the other on each server, each with faults in random order. */
export async function runFleets(plan: FleetPlan): Promise<FleetOutcome[]> {
  const outcomes: FleetOutcome[] = [];
  await using redis = await RedisServer.start();
  for (const kind of plan.kinds) {
    // If a process freezes between its login and its first statement, only this server setting ends its session.
    const variables = { init_connect: `SET SESSION wait_timeout = ${LEASE / 1_000}` };
    await using server = await startOwnServer(kind, { variables });
    for (const [coordinator, cap] of SUBJECTS) {
      if (plan.signal.aborted) return outcomes;
      const seconds = plan.seconds / plan.kinds.length / SUBJECTS.length;
      outcomes.push(await runFleet({ ...plan, seconds }, { server, redis, coordinator, cap }));
      plan.onOutcome(outcomes.at(-1)!);
    }
  }
  return outcomes;
}

interface Subject {
  readonly server: OwnServer;
  readonly redis: RedisServer;
  readonly coordinator: CoordinatorKind;
  readonly cap: 'account' | 'slots';
}

async function runFleet(plan: FleetPlan, subject: Subject): Promise<FleetOutcome> {
  const { server, coordinator, cap } = subject;
  const violations = new Violations(`${server.kind}, ${coordinator}, ${cap}`, plan.tell);
  const scene = new Scene({ ...subject, violations, random: new Random(plan.seed) });
  const began = performance.now();
  const faults = new Map<string, number>();
  let freed = 0;
  try {
    await scene.open();
    await sleep(500);
    const line: FleetFault[] = [];
    const end = performance.now() + plan.seconds * 1_000; // once all have started
    while (performance.now() < end && !plan.signal.aborted) {
      if (line.length === 0) line.push(...shuffled(faultsOf(scene), scene.options.random));
      const fault = line.pop()!;
      plan.onFault(`${server.kind}, ${coordinator}, ${cap}: ${fault.name}`);
      violations.fault(fault.name);
      scene.work();
      await fault
        .run(scene)
        .then((took) => (freed = Math.max(freed, took ?? 0)))
        .catch((error: unknown) => violations.report('odd error', `${fault.name}: ${String(error)}`));
      faults.set(fault.name, (faults.get(fault.name) ?? 0) + 1);
    }
    const [fell, reached] = await rest(scene);
    return {
      server: server.kind,
      version: server.version,
      coordinator,
      cap,
      seconds: Math.round((performance.now() - began) / 1_000),
      served: scene.news.served,
      faults: Object.fromEntries(faults),
      errors: Object.fromEntries(scene.news.errors),
      samples: scene.census.samples,
      sessions: scene.census.most,
      lent: scene.news.judgeLoans(),
      freed: Math.round(freed),
      waited: Math.round(scene.news.longestWait),
      fell: Math.round(fell),
      reached: Math.round(reached),
      violations: violations.list,
      violated: violations.total,
    };
  } finally {
    await scene.close();
  }
}

/** Lets the fleet idle; then one member acquires all connections that the limit allows. */
async function rest(scene: Scene): Promise<[fell: number, reached: number]> {
  const { census, members, violations } = scene;
  await Promise.all(members.map(({ ready }) => ready));
  scene.rest();
  const fell = await checkFalls({ sessions: () => census.total, floors: 0, bound: FALLS_WITHIN }, violations);
  const take = members.at(-1)!.take(LIMIT);
  const what = `a process alone has all ${LIMIT}`;
  return [fell, await checkComes({ what, take, bound: ALL_WITHIN }, violations)];
}

function shuffled<T>(from: readonly T[], random: Random): T[] {
  const rest = [...from];
  return Array.from({ length: rest.length }, () => rest.splice(random.int(0, rest.length - 1), 1)[0]!);
}

const list = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'none';

/** A summary of a few lines. */
export function fleetSummary(outcome: FleetOutcome): string {
  const { server, version, coordinator, cap, seconds, served, samples, sessions, lent, violated } = outcome;
  return `${server} ${version}, coordinator ${coordinator}, cap ${cap}: ${served} served in ${seconds} s
  faults     ${list(outcome.faults)}
  errors     ${list(outcome.errors)}
  sessions   ${sessions} at most in ${samples} samples; ${lent} lent at once
  places     free again after ${outcome.freed} ms at most
  waits      ${outcome.waited} ms at most while nothing was wrong
  rest       idle after ${outcome.fell} ms; one process had all ${LIMIT} after ${outcome.reached} ms
  ${violated === 0 ? 'no violation' : `${violated} violations`}
`;
}

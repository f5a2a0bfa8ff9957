import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '#support/until.js';
import { checkCapacity } from './checks/capacity.js';
import { Deadlines } from './checks/deadlines.js';
import { Ledger } from './checks/ledger.js';
import { Marks } from './checks/marks.js';
import { Memory } from './checks/memory.js';
import { SessionLimit } from './checks/session-limit.js';
import { watchUncaught } from './checks/uncaught.js';
import type { Fault } from './faults/fault.js';
import { FAULTS } from './faults/index.js';
import { LoopLag } from './loop-lag.js';
import type { Plan } from './plan.js';
import { Random } from './random.js';
import type { Outcome } from './report.js';
import { LIMIT, Site } from './site.js';
import { Crew } from './work/crew.js';

/** How long (ms) the tasks work before the first fault. */
const WARM_UP = 500;
/** After so many rounds the tasks pause for the checks that need a pool at rest. */
const ROUNDS_TO_REST = 3;
/** The heap is not sampled in the first pauses: V8 still compiles code. */
const RESTS_TO_WARM = 2;

const CLOSE_TIMEOUT = 1_500;
/** Closing connections and ending running statements may take longer than the time-out of close. */
const CLOSE_WITHIN = CLOSE_TIMEOUT + 2_000;

/** The results of a campaign on one server. */
export type CampaignOutcome = Omit<Outcome, 'twoServers' | 'violations' | 'violated'>;

/** Runs work, faults and checks on one server, from its start to its end. */
export class Campaign {
  readonly #plan: Plan;
  readonly #site: Site;
  readonly #random: Random;
  readonly #lag = new LoopLag();
  readonly #deadlines: Deadlines;
  readonly #ledger: Ledger;
  readonly #memory: Memory;
  readonly #sessionLimit: SessionLimit;
  readonly #crew: Crew;
  readonly #faults = new Map<string, number>();
  #line: Fault[] = [];
  #rests = 0;
  #recovery = 0;

  private constructor(plan: Plan, site: Site) {
    const { violations } = plan;
    this.#plan = plan;
    this.#site = site;
    this.#random = new Random(plan.seed);
    this.#deadlines = new Deadlines(violations, this.#lag);
    this.#ledger = new Ledger((sql) => site.server.admin(sql), violations);
    this.#memory = new Memory(violations);
    this.#sessionLimit = new SessionLimit(() => site.sessions(), LIMIT, violations);
    this.#crew = new Crew({
      pool: site.pool,
      // A separate generator, so that the order of the faults does not depend on the work.
      random: new Random(plan.seed + 1),
      deadlines: this.#deadlines,
      ledger: this.#ledger,
      marks: new Marks(site.server.kind, violations),
      violations,
    });
  }

  static async run(plan: Plan): Promise<CampaignOutcome> {
    await using site = await Site.open(plan.kind);
    using _uncaught = watchUncaught(plan.violations);
    const campaign = new Campaign(plan, site);
    using _lag = campaign.#lag;
    const began = performance.now();
    try {
      await campaign.#rounds(began + plan.seconds * 1_000);
      await campaign.#end();
    } finally {
      await campaign.#sessionLimit.stop();
    }
    return campaign.#outcome(Math.round((performance.now() - began) / 1_000));
  }

  async #rounds(end: number): Promise<void> {
    await this.#pause(WARM_UP);
    await this.#rest();
    for (let round = 1; performance.now() < end && !this.#plan.signal.aborted; round++) {
      await this.#round();
      if (round % ROUNDS_TO_REST === 0) await this.#rest();
    }
    await this.#rest();
    this.#memory.judge();
  }

  async #round(): Promise<void> {
    const faults = this.#random.oneIn(4) ? [this.#next(), this.#next()] : [this.#next()];
    const names = faults.map(({ name }) => name).join(' + ');
    this.#plan.onFault(names);
    this.#plan.violations.fault(names);
    const ground = { site: this.#site, random: this.#random, sessionLimit: this.#sessionLimit };
    const outcomes = await Promise.allSettled(faults.map((fault) => fault.run(ground)));
    for (const { name } of faults) this.#faults.set(name, (this.#faults.get(name) ?? 0) + 1);
    for (const outcome of outcomes) {
      // A fault that could not be caused is reported, since it tests nothing.
      if (outcome.status === 'rejected')
        this.#plan.violations.report('odd error', `${names}: ${String(outcome.reason)}`);
    }
    await this.#pause(this.#random.int(100, 600));
  }

  /** The next fault: all faults in random order, over and over. */
  #next(): Fault {
    if (this.#line.length === 0) {
      const rest = [...FAULTS];
      while (rest.length > 0) this.#line.push(...rest.splice(this.#random.int(0, rest.length - 1), 1));
    }
    return this.#line.pop()!;
  }

  /** Pauses the tasks for the checks that need a pool at rest. */
  async #rest(): Promise<void> {
    await this.#crew.resting(async () => {
      this.#recovery = Math.max(this.#recovery, await checkCapacity(this.#site.pool, this.#plan.violations));
      await this.#ledger.compare();
      await this.#site.lockSlowRow();
      if (++this.#rests > RESTS_TO_WARM) this.#memory.sample();
    });
  }

  /** Closes the pool while the tasks work; in half of the runs the network is black-holed meanwhile. */
  async #end(): Promise<void> {
    const { pool, proxy } = this.#site;
    const { violations } = this.#plan;
    await this.#pause(200);
    const isSilent = this.#random.oneIn(2);
    await this.#sessionLimit.stop();
    if (isSilent) proxy.blackhole();
    const close = (): Promise<void> => pool.close({ timeout: CLOSE_TIMEOUT });
    await this.#deadlines.due('close', CLOSE_WITHIN, close).catch(() => undefined);
    await this.#crew.end();
    const { size } = pool.stats();
    if (size > 0) violations.report('close', `${size} connections are left: ${JSON.stringify(pool.stats())}`);
    if (isSilent) {
      proxy.heal();
      proxy.cut();
    }
    await this.#expectNone('sockets', () => Promise.resolve(proxy.connections));
    await this.#expectNone('sessions', async () => (await this.#site.sessions()).length);
    await this.#ledger.compare();
  }

  async #expectNone(what: string, count: () => Promise<number>): Promise<void> {
    let left = 0;
    const none = async (): Promise<boolean> => (left = await count()) === 0;
    await until(none, 5_000).catch(() => this.#plan.violations.report('close', `${left} ${what} are left`));
  }

  #pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#plan.signal }).catch(() => undefined);
  }

  #outcome(seconds: number): CampaignOutcome {
    const { server } = this.#site;
    return {
      server: server.kind,
      version: server.version,
      seconds,
      operations: this.#crew.operations,
      faults: Object.fromEntries(this.#faults),
      work: Object.fromEntries(this.#crew.done),
      errors: Object.fromEntries(this.#crew.errors),
      transfers: this.#ledger.transfers,
      unknownCommits: this.#ledger.unknown,
      sessions: this.#sessionLimit.most,
      aboveLimit: this.#sessionLimit.longest,
      recovery: this.#recovery,
      late: this.#deadlines.latest,
      heap: [this.#memory.first, this.#memory.last],
    };
  }
}

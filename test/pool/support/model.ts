import assert from 'node:assert/strict';
import { Pool, POOL_EVENTS, Refusal, type PoolEvents, type PoolOptions } from 'node-mysqlpool/pool';
import { Issuer } from './issuer.js';
import { DIALS, WORK } from './model-moods.js';
import type { MeddledEvent, Meddling, Operation } from './model-operations.js';
import { checkBorrowers, checkClosed, checkNothingAlive, checkRefusal, checkRoom, checkStats } from './model-rules.js';
import { nameOf, type Ask, type Loan } from './model-rules.js';
import { FakePool, type FakeLease } from './pool.js';

type HandBack = Exclude<Extract<Operation, { readonly at: number }>, { readonly op: 'abort' | 'kill' }>;

const CLOSE_TIMEOUT = 5_000;

/** Performs the operations of a random life on a pool, and checks after each what must be true of the pool. */
export class Model {
  readonly fake: FakePool;
  readonly #permits: Issuer;
  readonly #idleFor: number;
  readonly #pending = new Map<number, Ask>();
  readonly #loans: Loan[] = [];
  readonly #ended: FakeLease[] = [];
  readonly #never = new Set<number>();
  /** The start time of each loan. */
  readonly #takenAt = new Map<number, number>();
  readonly #overtaken = new Map<number, { readonly loan: number; readonly at: number }>();
  readonly #meddlers: (() => void)[] = [];
  #seq = 0;
  #served = 0;
  #turnedAway = 0;
  #newestId = 0;
  #evictedUpTo = 0;
  #sizeBefore = 0;
  #closeBy = Infinity;
  #problem: Error | undefined;

  constructor(options: PoolOptions, permits: number) {
    this.#permits = new Issuer(permits);
    this.fake = new FakePool(options, { permits: this.#permits });
    const { ping } = this.fake.pool.options;
    this.#idleFor = ping === 'never' ? Infinity : ping === 'always' ? 0 : ping.idleFor;
    this.fake.pool.on('opening', ({ connection }) => (this.#newestId = connection));
    this.fake.pool.on('acquired', ({ connection, loan }) => this.#guard(() => this.#checkLoan(connection, loan)));
    this.fake.pool.on('acquireFailed', ({ error }) => this.#guard(() => checkNothingAlive(error, this.fake)));
    this.fake.pool.on('closed', (event) => this.#guard(() => checkClosed(event, this.fake, this.#mayClose(event))));
    // Draining counts towards the time-out of the close.
    const closeBy = (): number => (this.#closeBy = Math.min(this.#closeBy, this.fake.clock.now() + CLOSE_TIMEOUT));
    for (const event of ['poolDraining', 'poolClosing'] as const) this.fake.pool.on(event, closeBy);
    // The sums must hold at every event, not only between steps.
    for (const name of POOL_EVENTS) this.fake.pool.on(name, () => this.#guard(() => this.#checkSums()));
  }

  async step(operation: Operation): Promise<void> {
    await this.#perform(operation);
    await this.fake.clock.advance(0);
    this.#check();
  }

  /** Makes the server healthy again: then all waiters must be served, and close must leave nothing behind. */
  async end(): Promise<void> {
    const { fake } = this;
    const { connector, pool } = fake;
    for (const stop of this.#meddlers) stop();
    connector.dirty = false;
    connector.deaf = false;
    for (const script of [connector.opening, connector.pinging, connector.cleaning, connector.closing])
      script.usual = {};
    this.#permits.contested = false;
    if (pool.state === 'open' || pool.state === 'suspended') {
      pool.resume();
      // With unlimited permits the pool must continue by itself, without a call of `retry`.
      if (this.#permits.free !== Infinity) this.#permits.grant();
      // Longer than any back-off, circuit breaker, or time-out of a hung operation.
      await this.#pass(20_000);
      if (this.#permits.free > 0) checkRoom(fake);
      for (let i = 0; i < 3; i++) this.#ask({ op: 'ask', timeout: 30_000, signal: false });
      for (let i = 0; i < 200 && this.#pending.size > 0; i++) {
        this.#end(0, (lease) => lease.release());
        await this.#pass(50);
      }
      assert.equal(this.#pending.size, 0, 'on a server that is well everybody must be served');
    }
    while (this.#loans.length > 0) this.#end(0, (lease) => lease.release());
    await fake.finish();
  }

  async #pass(ms: number): Promise<void> {
    await this.fake.clock.advance(ms);
    this.#check();
  }

  async #perform(operation: Operation): Promise<void> {
    const { pool, clock, connector } = this.fake;
    if ('at' in operation && operation.op !== 'abort' && operation.op !== 'kill') return this.#handBack(operation);
    switch (operation.op) {
      case 'ask':
        return this.#ask(operation);
      case 'call':
        return this.#call(operation);
      case 'pass':
        return this.#pass(operation.ms);
      case 'blocked':
        return clock.blocked(operation.ms);
      case 'abort':
        return this.#abort(operation.at);
      case 'kill':
        return this.#kill(operation.at, operation.silent);
      case 'dial':
        connector.deaf = operation.mood === 'deaf';
        connector.opening.usual = DIALS[operation.mood];
        return;
      case 'ping':
        return void (connector.pinging.usual = WORK[operation.mood]);
      case 'clean':
        return void (connector.cleaning.usual = WORK[operation.mood]);
      case 'goodBye':
        return void (connector.closing.usual = WORK[operation.mood]);
      case 'dirty':
        return void (connector.dirty = operation.dirty);
      case 'resize':
        return this.#resize(operation.maxSize);
      case 'meddle':
        return this.#meddle(operation.when, operation.action);
      case 'grant':
        return this.#permits.grant();
      case 'contest':
        return void (this.#permits.contested = !this.#permits.contested);
      case 'spare':
        return void this.#permits.holder.shed(1);
      case 'evict':
      case 'unfit':
        return this.#evict(operation.op);
      case 'suspend':
        return pool.suspend();
      case 'resume':
        return pool.resume();
      case 'drain':
        return void pool.drain({ timeout: CLOSE_TIMEOUT });
      case 'close':
        return void pool.close({ timeout: CLOSE_TIMEOUT });
      case 'try':
        return this.#try();
    }
  }

  #ask({ timeout, signal }: { readonly op: 'ask'; readonly timeout: number; readonly signal: boolean }): void {
    const ask = this.#newAsk(timeout, signal ? new AbortController() : undefined);
    const { seq, controller } = ask;
    this.fake.pool.acquire({ timeout, signal: controller?.signal, label: nameOf(seq) }).then(
      (lease) => this.#guard(() => this.#lent(seq, lease)),
      (error: unknown) => this.#guard(() => this.#refused(ask, error)),
    );
  }

  /** Waits by callback. Some callbacks (`brief`) release the lease at once, while the pool is still at work. */
  #call({ brief }: { readonly brief: boolean }): void {
    const { pool } = this.fake;
    const ask = this.#newAsk(pool.options.acquireTimeout, new AbortController());
    let hasReturned = false;
    const told = (outcome: FakeLease | Refusal): void => {
      assert.ok(hasReturned, `caller ${ask.seq} was told too early`);
      if (outcome instanceof Refusal) return this.#refused(ask, outcome.error);
      this.#lent(ask.seq, outcome);
      if (brief) this.#end(this.#loans.length - 1, (lease) => lease.release());
    };
    const end = Pool.wait(pool, (outcome) => this.#guard(() => told(outcome)), nameOf(ask.seq));
    hasReturned = true;
    const { signal } = ask.controller!;
    signal.addEventListener('abort', () => end(signal.reason));
  }

  #newAsk(timeout: number, controller: AbortController | undefined): Ask {
    const { pool, clock } = this.fake;
    const seq = this.#seq++;
    const askedAt = clock.now();
    const deadline = askedAt + (timeout > 0 ? timeout : pool.options.connectTimeout);
    const ask: Ask = { seq, timeout, askedAt, deadline, controller };
    this.#pending.set(seq, ask);
    return ask;
  }

  #refused(ask: Ask, error: unknown): void {
    const { seq } = ask;
    const now = this.fake.clock.now();
    this.#pending.delete(seq);
    this.#turnedAway++;
    checkRefusal(ask, error, this.fake);
    assert.equal(this.#overtaken.get(seq)?.at ?? now, now, `${seq} was overtaken`);
  }

  /** Takes an idle connection, if there is one: never ahead of a waiter. */
  #try(): void {
    const seq = this.#seq++;
    const ahead = this.#pending.size;
    const lease = this.fake.pool.tryAcquire(nameOf(seq));
    if (lease === undefined) return;
    assert.equal(ahead, 0, `caller ${seq} passed those who wait`);
    this.#lent(seq, lease);
  }

  #lent(seq: number, lease: FakeLease): void {
    const { connection } = lease;
    this.#pending.delete(seq);
    this.#served++;
    this.#checkTurn(seq, lease.id);
    const quiet = this.fake.clock.now() - connection.seenAt;
    assert.ok(connection.alive || quiet <= this.#idleFor, `connection ${connection.id} was lent dead, unasked`);
    const takenAt = this.#takenAt.get(lease.id)!;
    this.#loans.push({ seq, takenAt, leases: [lease], connection, endUse: this.fake.connector.use(connection) });
  }

  /**
   * First come, first served. The promises of one event may settle in another order than their loans were made, so that
   * a caller which seems overtaken must be settled by the end of the step, with an earlier loan.
   */
  #checkTurn(seq: number, loan: number): void {
    const before = this.#overtaken.get(seq);
    assert.ok(before === undefined || loan < before.loan, `caller ${seq} was overtaken`);
    for (const other of this.#pending.keys()) {
      if (other < seq && !this.#overtaken.has(other)) this.#overtaken.set(other, { loan, at: this.fake.clock.now() });
    }
  }

  /** Checks a loan when it is made, since its promise may settle only after further events. */
  #checkLoan(id: number, loan: number): void {
    this.#takenAt.set(loan, this.fake.clock.now());
    assert.ok(['open', 'draining'].includes(this.fake.pool.state), 'lent by a pool that does not lend');
    assert.ok(id > this.#evictedUpTo, `connection ${id} was lent after its eviction`);
    assert.ok(!this.#never.has(id), `connection ${id} was lent after its end`);
  }

  /** Whether the model knows a valid reason for closing a connection. */
  #mayClose({ connection, reason }: PoolEvents['closed']): boolean {
    if (this.#never.has(connection)) return true;
    return reason === 'evicted' ? connection <= this.#evictedUpTo : reason !== 'destroyed' && reason !== 'detached';
  }

  #handBack(operation: HandBack): void {
    const { connector } = this.fake;
    const loan = this.#loans[operation.at % Math.max(1, this.#loans.length)];
    switch (operation.op) {
      case 'release':
        return this.#end(operation.at, (lease) => lease.release());
      case 'releaseAndAsk':
        this.#end(operation.at, (lease) => lease.release());
        return this.#ask({ op: 'ask', timeout: 1_000, signal: false });
      case 'destroy':
        return this.#end(operation.at, (lease) => lease.destroy(), true);
      case 'detach':
        return this.#end(operation.at, (lease) => connector.detached.add(lease.detach()), true);
      case 'softInvalidate':
        if (loan !== undefined) this.#never.add(loan.connection.id);
        return loan?.leases[0]!.invalidate({ soft: true });
      case 'share':
        return void loan?.leases.push(loan.leases[0]!.share());
      case 'releaseBusy':
        return this.#releaseBusy(operation.at);
      case 'undo':
        // A failed undo leaves the connection dirty, so that it must not be lent again.
        if (operation.mood === 'fail' || operation.mood === 'hang') this.#never.add(loan?.connection.id ?? 0);
        return loan?.leases[0]!.onReturn((connection) => connector.undo(connection, WORK[operation.mood]));
      case 'staleRelease':
        return this.#endAgain(operation.at);
    }
  }

  /** Ends a loan (`whole`), or one of its leases. */
  #end(at: number, how: (lease: FakeLease) => unknown, whole = false): void {
    const loan = this.#loans[at % Math.max(1, this.#loans.length)];
    if (loan === undefined) return;
    const last = whole || loan.leases.length === 1;
    const lease = loan.leases.pop()!;
    // False if close has just destroyed the connection.
    const active = lease.active;
    if (last) {
      this.#loans.splice(this.#loans.indexOf(loan), 1);
      loan.endUse();
    }
    if (whole) this.#never.add(loan.connection.id);
    how(lease);
    assert.equal(lease.active, false);
    this.#ended.push(lease, ...(whole ? loan.leases : []));
    if (!last && active) assert.ok(loan.leases.every((other) => other.active));
  }

  /** Releases while a statement runs: the connection must not be lent again. */
  #releaseBusy(at: number): void {
    const loan = this.#loans[at % Math.max(1, this.#loans.length)];
    if (loan?.leases.length !== 1) return;
    this.#never.add(loan.connection.id);
    this.#loans.splice(this.#loans.indexOf(loan), 1);
    this.#ended.push(...loan.leases);
    loan.leases[0]!.release();
  }

  /** Releases, destroys or uses a lease that has ended, which must not affect any other loan. */
  #endAgain(at: number): void {
    const lease = this.#ended[at % Math.max(1, this.#ended.length)];
    if (lease === undefined) return;
    const before = this.fake.counts();
    lease.release();
    lease.destroy();
    lease.invalidate({ soft: true });
    assert.throws(() => lease.connection, { code: 'POOL_LEASE_ENDED' });
    assert.deepEqual(this.fake.counts(), before);
  }

  #abort(at: number): void {
    const waiting = [...this.#pending.values()].filter(({ controller }) => controller !== undefined);
    waiting[at % Math.max(1, waiting.length)]?.controller?.abort(new Error('aborted'));
  }

  #kill(at: number, silent: boolean): void {
    const { connector } = this.fake;
    const connections = [...connector.live].filter((one) => one.alive && !connector.detached.has(one));
    const connection = connections[at % Math.max(1, connections.length)];
    if (connection === undefined) return;
    if (!silent) this.#never.add(connection.id);
    connector.kill(connection, { silent });
  }

  /** Adds a listener that calls the pool from within the next event of that name. */
  #meddle(when: MeddledEvent, action: Meddling): void {
    const { pool } = this.fake;
    const stop = pool.on(when, () => {
      stop();
      this.#guard(() => {
        if (action === 'ask') this.#ask({ op: 'ask', timeout: 1_000, signal: false });
        else if (action === 'release') this.#end(0, (lease) => lease.release());
        else if (action === 'destroy') this.#end(0, (lease) => lease.destroy(), true);
        else if (action === 'evict') this.#evict('evict');
        else if (action === 'suspend') pool.suspend();
        else if (action === 'close') void pool.close({ timeout: CLOSE_TIMEOUT });
        else this.#resize(action === 'grow' ? 6 : 1);
      });
    });
    this.#meddlers.push(stop);
  }

  #resize(maxSize: number): void {
    const { pool } = this.fake;
    const fits = Math.min(pool.options.maxIdle, maxSize);
    pool.resize({ maxSize, maxIdle: fits, minIdle: Math.min(pool.options.minIdle, fits) });
  }

  #evict(how: 'evict' | 'unfit'): void {
    const { pool, connector } = this.fake;
    const upTo = this.#newestId;
    const witness = [...connector.live].find((one) => !connector.detached.has(one) && !one.told.unfit);
    if (how === 'unfit' && witness === undefined) return;
    // Set first: a connection that a listener acquires during the eviction must be a new one.
    this.#evictedUpTo = upTo;
    if (how === 'evict') pool.evict();
    else connector.demote(witness!);
  }

  /** Ends the loans whose connections close has destroyed, since they were not released in time. */
  #forgetDestroyed(): void {
    for (const loan of this.#loans.filter(({ connection }) => connection.destroyed)) {
      assert.ok(loan.leases.every((lease) => !lease.active));
      this.#ended.push(...loan.leases);
      this.#loans.splice(this.#loans.indexOf(loan), 1);
    }
  }

  #guard(fn: () => void): void {
    try {
      fn();
    } catch (error) {
      this.#problem ??= error as Error;
    }
  }

  #checkSums(): void {
    this.fake.check();
    const { size, maxSize } = this.fake.pool.stats();
    // After a resize the pool may be above maxSize, but then it must not grow.
    const limit = Math.max(maxSize, this.#sizeBefore);
    assert.ok(size <= limit, `size ${size} is above ${limit}`);
    this.#sizeBefore = size;
  }

  #check(): void {
    if (this.#problem !== undefined) throw this.#problem;
    const { pool, clock } = this.fake;
    this.#checkSums();
    Pool.assertInvariants(pool);
    const stats = pool.stats();
    if (stats.state === 'closing' || stats.state === 'closed') this.#forgetDestroyed();
    if (clock.now() >= this.#closeBy) assert.equal(stats.inUse, 0, 'loans after the time that close gives them');
    checkStats(this.fake, { permits: this.#permits.taken, loans: this.#loans.length, waiters: this.#pending.size });
    checkBorrowers(this.fake, this.#loans, this.#pending);
    assert.equal(stats.total.acquired, this.#served, 'total.acquired');
    assert.equal(stats.total.failed, this.#turnedAway, 'total.failed');
    for (const { seq, deadline } of this.#pending.values()) {
      assert.ok(deadline > clock.now(), `caller ${seq} is past its time`);
      assert.ok(!this.#overtaken.has(seq), `caller ${seq} was overtaken`);
    }
  }
}

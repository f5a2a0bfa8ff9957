import { BoundedConnector, UNASKED, type Outcome } from './bounded-connector.js';
import { CallSites, callSiteOf } from './call-site.js';
import { systemClock, type Clock } from './clock.js';
import type { Connector, PoolParts } from './connector.js';
import { Entries, Entry, State } from './entries.js';
import { Ending } from './ending.js';
import { ErrandList } from './errands.js';
import { LeaseEndedError, PoolClosedError, type AcquireTimeoutError } from './errors.js';
import { Emitter, type CloseReason, type PoolEventName, type PoolEvents, type PoolListener } from './events.js';
import { Housekeeper, type Chore } from './housekeeper.js';
import { assertInvariants } from './invariants.js';
import { Lease, watchLostLeases, type LeaseClass, type LeaseHost } from './lease.js';
import { allOpenPools } from './open-pools.js';
import { Opener } from './opener.js';
import { checkCount, faultOf, resizedOptions, resolveOptions } from './options.js';
import type { AcquireOptions, CloseOptions, PoolOptions, ResizeOptions, ResolvedPoolOptions } from './options.js';
import { PoolPermits } from './permit-holder.js';
import { defaultPermits, type PermitOutcome } from './permits.js';
import { cutLabel, hookOf, shown } from './shown.js';
import { borrowersOf, leakOf, NO_COUNTS, statsOf, type Borrowers, type PoolState, type PoolStats } from './stats.js';
import { WaitQueue } from './wait-queue.js';
import { waitedBy, type Told, type Waiter } from './waiters.js';
import { WarmUps } from './warm-ups.js';

// How long (ms) a waiter waits while the next connection is cleaned, before it gets another that is ready.
const PATIENCE = 50;

// Connections closed for these reasons do not work, so no good-bye is said to the server.
const BROKEN: ReadonlySet<CloseReason> = new Set(['dead', 'unclean', 'destroyed', 'leaked']);

/**
 * A pool of connections: never more than `maxSize`, lent first come, first served, and clean whenever one is lent.
 *
 * This class alone changes the state of an entry. It reads in the order of a connection's life: acquire and wait in the
 * queue, open, lend, give back, clean and ping, hand off or put back, retire; then what concerns all connections:
 * evict, resize, suspend, close.
 * @since 0.1.0
 */
export class Pool<C, L extends Lease<C> = Lease<C>> {
  readonly #connector: Connector<C>;
  readonly #bounded: BoundedConnector<C>;
  readonly #Lease: LeaseClass<C, L>;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #permits: PoolPermits<C>;
  readonly #entries: Entries<C> = new Entries<C>();
  readonly #queue: WaitQueue<C, L>;
  readonly #errands: ErrandList<C, L>;
  readonly #opener: Opener<C>;
  readonly #warmUps: WarmUps<C> = new WarmUps<C>(this.#entries);
  readonly #housekeeper: Housekeeper<C>;
  readonly #ending: Ending;
  readonly #events: Emitter = new Emitter(this);
  readonly #counters = { ...NO_COUNTS };
  readonly #callSites = new CallSites();
  readonly #host: LeaseHost<C>;
  #options: ResolvedPoolOptions;
  #state: PoolState = 'open';
  /** Raised by every eviction; an entry of an older generation is replaced. */
  #generation = 0;
  /** How many entries, loans and ends of loans there have been: each gets the next number. */
  #opened = 0;
  #loans = 0;
  #turns = 0;
  /** How long (ms) after its last sign of life an idle connection may be lent without a ping. */
  #idleFor = 0;

  /** @throws PoolOptionError */
  constructor(parts: PoolParts<C, L>, options: PoolOptions = {}) {
    const resolved = resolveOptions(options);
    const clock = parts.clock ?? systemClock;
    this.#options = resolved;
    this.#connector = parts.connector;
    this.#bounded = new BoundedConnector<C>(parts.connector, clock, this, resolved);
    this.#Lease = parts.Lease ?? (Lease as LeaseClass<C, L>);
    this.#clock = clock;
    this.#random = parts.random ?? Math.random;
    this.#housekeeper = new Housekeeper<C>(this.#entries, clock, (stoodStill) => this.#lookAfter(stoodStill));
    this.#ending = this.#newEnding();
    this.#host = {
      name: resolved.name,
      clock,
      lostLeases: undefined,
      returned: (entry) => this.#returned(entry),
      destroyed: (entry, cause) => this.#destroyed(entry, cause),
      detached: (entry) => this.#detached(entry),
    };
    this.#permits = new PoolPermits<C>(parts.permits ?? defaultPermits, this.name, this.#entries, {
      waiters: () => this.#waiting,
      floor: () => this.#options.minIdle,
      retry: () => this.#processQueue(),
      shed: (count) => this.#shed(count),
    });
    this.#opener = this.#newOpener();
    this.#configure(resolved);
    this.#queue = new WaitQueue<C, L>({
      pool: this,
      connector: parts.connector,
      clock,
      entries: this.#entries,
      opener: this.#opener,
      permits: this.#permits,
      events: this.#events,
      counters: this.#counters,
      callSites: this.#callSites,
      processQueue: () => this.#processQueue(),
      awaited: (isAwaited) => this.#bounded.awaitDials(isAwaited),
    });
    this.#errands = new ErrandList<C, L>(this, {
      sendIdle: (suits, label, looks) => this.#sendIdle(suits, label, looks),
      processQueue: () => this.#processQueue(),
    });
    parts.connector.attach?.(this.#errands);
    allOpenPools.add(this);
    // After the constructor has returned, so that listeners can be added first.
    queueMicrotask(() => {
      if (this.#events.wants('poolOpened')) this.#events.emit('poolOpened', {});
      if (this.#options.minIdle > 0) this.#processQueue();
    });
  }

  #newOpener(): Opener<C> {
    return new Opener<C>(
      {
        clock: this.#clock,
        entries: this.#entries,
        permits: this.#permits,
        warmUps: this.#warmUps,
        waiting: () => this.#waiting,
        isOpen: () => this.#state === 'open',
        open: (now) => void this.#open(new Entry<C>(++this.#opened, this.#generation), now),
        processQueue: () => this.#processQueue(),
      },
      this.#options,
    );
  }

  #newEnding(): Ending {
    return new Ending(this.name, this.#clock, {
      beginDraining: () => this.#events.emit('poolDraining', {}),
      isQuiet: () => this.#entries.inUse === 0 && this.#waiting === 0,
      shut: () => this.#shut(),
      isEmpty: () => this.#entries.size === 0,
      destroyLoans: () => this.#cutOffLoans(),
      closed: () => this.#ended(),
    });
  }

  #configure(options: ResolvedPoolOptions): void {
    this.#options = this.#opener.options = this.#bounded.options = options;
    this.#callSites.always = options.leakThreshold > 0;
    this.#idleFor = options.ping === 'never' ? Infinity : options.ping === 'always' ? 0 : options.ping.idleFor;
    if (options.leakThreshold === 0) this.#host.lostLeases = undefined;
    else this.#host.lostLeases ??= watchLostLeases(this.#connector, (entry) => this.#reclaim(entry));
  }

  get name(): string {
    return this.#options.name;
  }

  get options(): ResolvedPoolOptions {
    return this.#options;
  }

  get state(): PoolState {
    return this.#ending.isDraining ? 'draining' : this.#state;
  }

  // ---- Acquire: at once, or by way of the queue ----

  /**
   * Borrows a connection. Give it back with `release`, or let `await using` do so.
   * @throws AcquireTimeoutError when none became available in time
   * @throws QueueFullError, PoolClosedError, PoolUnavailableError, ConnectError, PoolOptionError at once
   */
  acquire(options?: AcquireOptions): Promise<L> {
    if (options !== undefined) return this.#acquire(options);
    const lease = this.tryAcquire();
    return lease === undefined ? this.#queue.join(this.#options.acquireTimeout) : Promise.resolve(lease);
  }

  #acquire(options: AcquireOptions): Promise<L> {
    const fault = faultOf(this.name, options);
    if (fault !== undefined) return Promise.reject(fault);
    const { signal, timeout = this.#options.acquireTimeout, label } = options;
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    const lease = this.tryAcquire(label);
    return lease === undefined ? this.#queue.join(timeout, signal, label) : Promise.resolve(lease);
  }

  /** For code built upon the pool: the error for a caller that has waited for `timeout` ms. */
  lateError(timeout: number): AcquireTimeoutError {
    return this.#queue.lateError(timeout);
  }

  /**
   * Borrows a connection if one can be lent right now, else returns undefined. Never waits, never overtakes a waiter.
   * @param label as in `acquire`
   * @param prefers which ready connections are preferred, the last returned first; without one, another is lent
   */
  tryAcquire(label?: string, prefers?: (connection: C) => boolean): L | undefined {
    if (this.#queue.size > 0 || this.#state !== 'open') return undefined;
    const now = this.#clock.recent();
    const entry = (prefers && this.#entries.ready(now, prefers)) ?? this.#next();
    return entry !== undefined && now < entry.readyUntil ? this.#lend(entry, now, undefined, label) : undefined;
  }

  /**
   * Lends a connection to `fn` and takes it back when `fn` has ended, however it ended.
   * @throws what `acquire` throws, and what `fn` throws; TypeError when `fn` is not a function
   */
  async use<T>(fn: (lease: L) => T | Promise<T>, options?: AcquireOptions): Promise<T> {
    if (typeof fn !== 'function') throw new TypeError(`${this.name}: use: expected a function, got ${shown(fn)}`);
    const lease = await this.acquire(options);
    try {
      return await fn(lease);
    } finally {
      lease.release();
    }
  }

  /** The idle connection that is lent next. */
  #next(): Entry<C> | undefined {
    const { idle } = this.#entries;
    return this.#options.order === 'lifo' ? idle[idle.length - 1] : idle[0];
  }

  #isClosing(): boolean {
    return this.#state === 'closing' || this.#state === 'closed';
  }

  // ---- The queue is served, and connections are opened for the rest of it ----

  /** After any change: hands out idle connections, pings those that need it, dials for the rest of the queue. */
  #processQueue(): void {
    if (this.#queue.size > 0 && this.#entries.idle.length > 0) this.#handOut(this.#clock.now());
    this.#opener.fill();
    this.#ending.look();
  }

  /** How many connections are wanted: one for each caller in the queue, and each errand that may have one opened. */
  get #waiting(): number {
    return this.#queue.size + this.#errands.wanting;
  }

  #turnAllAway(why: () => Error): void {
    this.#errands.rejectAll(why);
    this.#warmUps.rejectAll(why);
    this.#queue.rejectAll(why);
  }

  #handOut(now: number): void {
    // A listener may suspend the pool during this loop.
    while (this.#state === 'open' && this.#queue.size > this.#entries.checking) {
      const entry = this.#nextInTime(now);
      if (entry === undefined) return;
      if (now >= entry.expiresAt) this.#retire(entry, 'lifetime');
      else if (now < entry.readyUntil) this.#handOff(entry, now);
      else this.#check(entry);
    }
  }

  #check(entry: Entry<C>): void {
    this.#entries.move(entry, State.checking);
    if (!entry.pending) this.#ping(entry);
  }

  /** The entry for the next waiter: the next idle one, unless its cleaning takes long and another one is ready. */
  #nextInTime(now: number): Entry<C> | undefined {
    const next = this.#next();
    const slow = next?.pending === true && now - next.usedAt > PATIENCE;
    return slow ? (this.#entries.idle.find((entry) => now < entry.readyUntil) ?? next) : next;
  }

  /** Sends an idle connection on an errand: now, or after it has answered a ping. */
  #sendIdle(suits: (connection: C) => boolean, label: string, looks: boolean): L | undefined {
    const now = this.#clock.now();
    const fit = this.#entries.idle.filter(({ connection, expiresAt }) => now < expiresAt && suits(connection));
    const ready = fit.findLast(({ readyUntil }) => now < readyUntil);
    if (ready !== undefined) return this.#sendOn(ready, now, label, looks);
    const asked = fit.at(-1);
    if (asked !== undefined && !fit.some(({ pending }) => pending)) this.#check(asked);
    return undefined;
  }

  #sendOn(entry: Entry<C>, now: number, label: string, looks: boolean): L {
    entry.isLookedAt = looks;
    return this.#lend(entry, now, undefined, label);
  }

  // ---- A connection is opened ----

  async #open(entry: Entry<C>, started: number): Promise<void> {
    this.#entries.add(entry);
    const begun = (): void => {
      if (this.#events.wants('opening')) this.#events.emit('opening', { connection: entry.id });
    };
    const outcome = await this.#bounded.open(entry.id, begun, {
      lost: (cause) => this.#lost(entry, cause),
      unfit: (cause) => this.#evict(cause),
    });
    if (!('cause' in outcome)) this.#dialled(entry, started, outcome.value);
    else if (outcome.abandoned === true) this.#dialAbandoned(entry, started, outcome.cause);
    else this.#dialFailed(entry, started, outcome.cause);
  }

  #dialled(entry: Entry<C>, started: number, connection: C): void {
    const { maxLifetime } = this.#options;
    const now = this.#clock.now();
    this.#opener.succeeded();
    this.#counters.opened++;
    entry.connection = connection;
    entry.aliveAt = entry.usedAt = now;
    entry.turn = ++this.#turns;
    if (maxLifetime > 0) {
      // Random, so that connections opened together are not all replaced together.
      entry.expiresAt = started + maxLifetime;
      entry.retireAt = entry.expiresAt - (this.#random() * maxLifetime) / 4;
    }
    if (this.#events.wants('opened')) this.#events.emit('opened', { connection: entry.id, took: now - started });
    if (!this.#isClosing()) this.#housekeeper.start(this.#options);
    // If an ageing entry waits for a replacement, this is it.
    const [aged] = this.#entries.ageing;
    if (aged !== undefined) this.#expire(aged);
    this.#handOffOrRetire(entry);
    this.#warmUps.look(this.#options.maxIdle);
    this.#processQueue();
  }

  #dialFailed(entry: Entry<C>, started: number, error: unknown): void {
    const [now, kind] = [this.#clock.now(), this.#bounded.classify(error)];
    const took = now - started;
    // Before the room is given back, so that the next dial heeds the pause.
    const retryIn = this.#opener.failed({ now, took, kind, error, dice: this.#random() });
    this.#notOpened(entry, kind === 'full' ? 'full' : 'failed', { took, error, kind, retryIn });
    const verdict = this.#state === 'open' ? this.#opener.verdict(now) : undefined;
    if (verdict !== undefined) this.#turnAllAway(() => verdict);
    this.#processQueue();
    if (kind === 'full') this.#queue.foundFull();
  }

  /** Nobody wanted this dial any more, which says nothing about the server. */
  #dialAbandoned(entry: Entry<C>, started: number, error: unknown): void {
    this.#notOpened(entry, 'closed', { took: this.#clock.now() - started, error, kind: 'transient', retryIn: 0 });
    this.#processQueue();
  }

  #notOpened(entry: Entry<C>, outcome: PermitOutcome, event: Omit<PoolEvents['openFailed'], 'connection'>): void {
    this.#counters[outcome === 'full' ? 'openRefused' : 'openFailed']++;
    this.#gone(entry, outcome);
    const hook = hookOf(event.error);
    if (this.#events.wants('openFailed')) this.#events.emit('openFailed', { connection: entry.id, ...event, hook });
  }

  // ---- A loan begins, and ends ----

  #lend(entry: Entry<C>, now: number, waiter: Waiter<L> | undefined, label: string | undefined): L {
    this.#entries.lend(entry);
    entry.loan = ++this.#loans;
    entry.sharers = 1;
    entry.takenAt = now;
    // Both are undefined already: to store that again costs more than to look.
    if (label !== undefined) entry.label = cutLabel(label);
    const place = waiter === undefined ? this.#callSites.capture() : waiter.place;
    if (place !== undefined) entry.takenFrom = place;
    this.#counters.acquired++;
    if (this.#events.wantsLoans) this.#tellStart(entry, waiter, label);
    return new this.#Lease(this.#host, entry);
  }

  // This, `#endOf` and `#acquire` are methods of their own: what most loans run is small enough to be inlined.
  #tellStart({ id, loan }: Entry<C>, waiter: Waiter<L> | undefined, label: string | undefined): void {
    if (!this.#events.wants('acquired')) return;
    this.#events.emit('acquired', { loan, connection: id, waited: waitedBy(waiter, this.#clock.now()), label });
  }

  #returned(entry: Entry<C>): void {
    if (--entry.sharers > 0) return;
    const now = this.#takeBack(entry);
    const reason = this.#whyNotKept(entry, now);
    if (reason !== undefined) this.#retire(entry, reason);
    else if (!this.#clean(entry) && (this.#idleFor > 0 || this.#queue.size === 0)) this.#handOff(entry, now);
    else {
      // Placed on the idle stack before it is ready: a caller waits for it instead of having another one opened.
      entry.readyUntil = 0;
      this.#entries.park(entry);
      this.#processQueue();
    }
  }

  #destroyed(entry: Entry<C>, cause: unknown): void {
    this.#takeBack(entry);
    this.#retire(entry, 'destroyed', cause);
  }

  #detached(entry: Entry<C>): void {
    this.#takeBack(entry);
    this.#permits.detach((closed) => this.#bounded.watchEnd(entry.connection, closed));
    this.#closedNow(entry, 'detached', undefined);
  }

  /** A lease was garbage collected. Its session may be in any state, so the connection is not lent again. */
  #reclaim(entry: Entry<C>): void {
    entry.evicted = true;
    if (--entry.sharers > 0) return;
    this.#takeBack(entry, true);
    this.#retire(entry, 'leaked');
  }

  /** Ends the loan: every lease with its number is invalid from now on. */
  #takeBack(entry: Entry<C>, reclaimed = false): number {
    const now = this.#clock.recent();
    const tell = reclaimed || entry.leakReported || this.#events.wantsLoans ? this.#endOf(entry, reclaimed) : undefined;
    entry.endLoan(now, ++this.#turns);
    entry.aliveAt = this.#connector.loanEnded?.(entry.connection) ?? now;
    tell?.();
    return now;
  }

  #endOf({ id, loan, label, takenAt, takenFrom, leakReported }: Entry<C>, reclaimed: boolean): () => void {
    return () => {
      const isLeak = leakReported || reclaimed;
      if (!isLeak && !this.#events.wants('released')) return;
      const held = { loan, connection: id, held: this.#clock.now() - takenAt, label };
      this.#events.emit('released', held);
      if (isLeak) this.#events.emit('leakEnded', { ...held, callSite: callSiteOf(takenFrom), reclaimed });
    };
  }

  #whyNotKept(entry: Entry<C>, now: number): CloseReason | undefined {
    if (entry.lost) return 'dead';
    if (this.#isClosing()) return 'closed';
    if (entry.evicted || entry.generation !== this.#generation) return 'evicted';
    if (now >= entry.expiresAt) return 'lifetime';
    // Only returned connections are given up: with new ones, pools could pass a permit round without using it.
    if (this.#permits.contested && entry.state === State.inUse) return 'spared';
    const { maxSize, maxIdle } = this.#options;
    const { idle, size } = this.#entries;
    const surplus = idle.length >= maxIdle && entry.state !== State.idle && this.#queue.size === 0;
    return surplus || (size > maxSize && size - this.#entries.closing > maxSize) ? 'overflow' : undefined;
  }

  // ---- It is cleaned, pinged, and handed off or put back ----

  /** Starts the cleaning of a returned connection; false when it needs none. */
  #clean(entry: Entry<C>): boolean {
    const { undo, connection } = entry;
    const cleaning = undo ? this.#bounded.undoAndClean(entry, undo) : this.#bounded.clean(connection);
    if (cleaning !== undefined) void this.#lookAt(entry, 'unclean', cleaning);
    return cleaning !== undefined;
  }

  #ping(entry: Entry<C>): void {
    void this.#lookAt(entry, 'dead', this.#bounded.ping(entry.connection));
  }

  /** Pings every idle entry without a ping or cleaning under way: one was lost, or the process was stopped. */
  #pingIdle(): void {
    for (const entry of this.#entries.idle) if (!entry.pending) this.#ping(entry);
  }

  /** Waits for a ping or cleaning. A caller may take the entry off the idle stack meanwhile, and waits as well. */
  async #lookAt(entry: Entry<C>, otherwise: 'dead' | 'unclean', work: Promise<Outcome<unknown>>): Promise<void> {
    const started = this.#clock.now();
    entry.pending = true;
    entry.readyUntil = 0;
    const outcome = await work;
    entry.pending = false;
    if (entry.state >= State.closing) return;
    if ('cause' in outcome) {
      this.#retire(entry, otherwise, outcome.cause);
      if (otherwise === 'dead') this.#pingIdle();
      return;
    }
    const kind = outcome.value;
    const now = this.#clock.now();
    // The time of the question: its answer may have lain unread while the process was stopped.
    if (kind !== UNASKED) entry.aliveAt = started;
    if (otherwise === 'unclean' && this.#events.wants('cleaned')) {
      const word = typeof kind === 'string' ? kind : 'cleaned';
      this.#events.emit('cleaned', { connection: entry.id, took: now - started, kind: word });
    }
    this.#handOffOrRetire(entry);
    this.#processQueue();
  }

  #handOffOrRetire(entry: Entry<C>): void {
    const now = this.#clock.now();
    const reason = this.#whyNotKept(entry, now);
    if (reason === undefined) this.#handOff(entry, now);
    else this.#retire(entry, reason);
  }

  /** The only place that decides where a free connection goes: on an errand, to the first waiter, or put back. */
  #handOff(entry: Entry<C>, now: number): void {
    const errand = this.#errands.size > 0 ? this.#errands.take(entry.connection) : undefined;
    if (errand !== undefined) return errand.resolve(this.#sendOn(entry, now, errand.label, errand.looks));
    const waiter = this.#queue.size > 0 && this.#state === 'open' ? this.#queue.shift() : undefined;
    if (waiter === undefined) return this.#putBack(entry);
    this.#counters.waited++;
    waiter.settle(this.#lend(entry, now, waiter, waiter.label));
  }

  #putBack(entry: Entry<C>): void {
    const ready = entry.aliveAt + this.#idleFor;
    entry.readyUntil = ready < entry.expiresAt ? ready : entry.expiresAt;
    this.#entries.park(entry);
    this.#ending.look();
  }

  #lookAfter(stoodStill: boolean): void {
    // The server may have dropped all of them meanwhile.
    if (stoodStill) this.#pingIdle();
    for (const chore of this.#housekeeper.chores(this.#options)) this.#do(chore);
    this.#opener.lookAtLoans();
    this.#processQueue();
    if (this.#isClosing()) return;
    if (this.#entries.size > 0 || this.#options.minIdle > 0) this.#housekeeper.start(this.#options);
  }

  #do({ what, entry }: Chore<C>): void {
    switch (what) {
      case 'ping':
        return this.#ping(entry);
      case 'closeIdle':
        return this.#retire(entry, 'idle');
      case 'replace':
        entry.replaced = true;
        return void this.#entries.ageing.add(entry);
      case 'expire':
        entry.replaced = true;
        return this.#expire(entry);
      case 'reportLeak':
        return this.#reportLeak(entry);
    }
  }

  #reportLeak(entry: Entry<C>): void {
    entry.leakReported = true;
    if (!this.#events.wants('leakSuspected')) return;
    this.#events.emit('leakSuspected', leakOf(entry, this.#connector, this.#clock.now()));
  }

  // ---- Its end ----

  /** Its lifetime is over: it is closed now, or when it is returned. */
  #expire(entry: Entry<C>): void {
    entry.expiresAt = 0;
    this.#entries.ageing.delete(entry);
    if (entry.state === State.idle) this.#retire(entry, 'lifetime');
  }

  /** The connector reports that the connection has died. */
  #lost(entry: Entry<C>, cause: unknown): void {
    if (entry.lost || entry.state >= State.closing) return;
    entry.lost = true;
    if (entry.isFree) this.#retire(entry, 'dead', cause);
    // What killed one may have killed the others: none is lent before it has answered a ping.
    this.#pingIdle();
  }

  /** Closes the least recently used ones for another pool, unless somebody waits here. Skips those being cleaned. */
  #shed(count: number): number {
    let shed = 0;
    for (; shed < count && this.#waiting === 0; shed++) {
      const entry = this.#entries.idle.find(({ pending }) => !pending);
      if (entry === undefined) break;
      this.#retire(entry, 'spared');
    }
    return shed;
  }

  /** Closes an entry that is not on loan. */
  #retire(entry: Entry<C>, reason: CloseReason, cause?: unknown): void {
    // A listener may already have retired it while a loop over several entries was running.
    if (entry.loan > 0 || entry.state >= State.closing) return;
    const whole = !BROKEN.has(reason) && !entry.pending;
    this.#entries.move(entry, State.closing);
    const ending = whole
      ? this.#bounded.close(entry.connection)
      : this.#bounded.destroy(entry.connection, this.#isClosing() && cause instanceof Error ? cause : undefined);
    if (ending === undefined) this.#closedNow(entry, reason, cause);
    else void ending.then(() => this.#closedNow(entry, reason, cause));
  }

  #closedNow(entry: Entry<C>, reason: CloseReason, cause: unknown): void {
    this.#gone(entry, reason === 'detached' ? undefined : 'closed');
    this.#counters.closed++;
    if (this.#events.wants('closed')) this.#events.emit('closed', { connection: entry.id, reason, cause });
    this.#processQueue();
  }

  /** Frees its room, and its permit as well, unless `outcome` is undefined: then its socket is still open. */
  #gone(entry: Entry<C>, outcome: PermitOutcome | undefined): void {
    this.#entries.move(entry, State.gone);
    if (outcome !== undefined) this.#permits.giveBack(outcome);
    this.#ending.look();
  }

  // ---- All of them: warm up, evict, resize, suspend, close ----

  /**
   * Opens connections until `count` (default: `minIdle`, at least 1) are there, on loan or not; at most `maxIdle` idle.
   * @throws what `acquire` throws; connections opened by then stay open
   */
  async warmUp(count: number = Math.max(1, this.#options.minIdle)): Promise<void> {
    checkCount(this.name, 'warmUp', 'count', count, this.#options.maxSize);
    const refusal = this.#queue.refusal(Infinity, -Infinity);
    if (refusal !== undefined) throw refusal;
    const { acquireTimeout } = this.#options;
    const warm = this.#warmUps.wait(count, this.#clock, acquireTimeout, () => this.#queue.lateError(acquireTimeout));
    this.#warmUps.look(this.#options.maxIdle);
    this.#processQueue();
    await warm;
  }

  /** Replaces all connections: idle ones now, loans at their end, dials when done. Ends a pause after failed dials. */
  evict(): void {
    this.#opener.forgive();
    this.#evict();
    this.#processQueue();
  }

  #evict(cause?: unknown): void {
    this.#generation++;
    // Listeners of the events below may borrow: they must not get an old connection.
    for (const entry of this.#entries.idle) entry.readyUntil = 0;
    if (this.#events.wants('evicted')) this.#events.emit('evicted', { generation: this.#generation, cause });
    for (const entry of [...this.#entries.idle]) this.#retire(entry, 'evicted', cause);
  }

  /**
   * Changes options of the running pool. A higher `maxSize` serves waiters at once. A lower one closes idle connections
   * and aborts dials now; loans above it are closed when they end. No connection is opened for it after `close`.
   * @throws PoolOptionError, and nothing has changed
   */
  resize(changes: ResizeOptions): void {
    this.#configure(resizedOptions(this.#options, changes));
    const { maxSize, maxIdle } = this.#options;
    const { idle } = this.#entries;
    while (idle.length > maxIdle || (idle.length > 0 && this.#entries.size - this.#entries.closing > maxSize)) {
      this.#retire(idle[0]!, 'overflow');
    }
    const { size, closing } = this.#entries;
    if (size - closing > maxSize) this.#bounded.abandonDials(size - closing - maxSize);
    if (this.#events.wants('resized')) this.#events.emit('resized', { maxSize });
    this.#processQueue();
  }

  /** Stops lending until `resume`: callers wait in line, and may time out. Loans go on. No effect after `close`. */
  suspend(): void {
    if (this.#state !== 'open') return;
    this.#state = 'suspended';
    this.#events.emit('suspended', {});
  }

  /** Lends again after `suspend`. No effect after `close`. */
  resume(): void {
    if (this.#state !== 'suspended') return;
    this.#state = 'open';
    this.#events.emit('resumed', {});
    this.#processQueue();
  }

  /**
   * Serves callers as usual until nothing is on loan and nobody waits, or `timeout` ms (10 000 by default) have passed;
   * then closes, and destroys the loans that are still out. A further call returns the same promise.
   * @throws PoolOptionError for an invalid timeout, and nothing has changed
   */
  drain(options: CloseOptions = {}): Promise<void> {
    return this.#ending.drain(options);
  }

  /**
   * Closes the pool for good: rejects callers, waits for loans, and destroys those still out after `timeout` ms (10 000
   * by default), or when the time of a drain is up. A further call returns the same promise.
   * @throws PoolOptionError for an invalid timeout, and nothing has changed
   */
  close(options: CloseOptions = {}): Promise<void> {
    return this.#ending.close(options);
  }

  #shut(): void {
    this.#state = 'closing';
    this.#events.emit('poolClosing', {});
    this.#housekeeper.stop();
    this.#turnAllAway(() => new PoolClosedError(this.name));
    this.#opener.fill();
    this.#bounded.abandonDials(Infinity);
    for (const entry of [...this.#entries.all]) if (entry.isFree) this.#retire(entry, 'closed');
  }

  #cutOffLoans(): void {
    for (const entry of [...this.#entries.all].filter(({ loan }) => loan > 0)) {
      const cause = new LeaseEndedError(this.name, entry.loan, undefined, true);
      entry.cutOff = entry.loan;
      this.#destroyed(entry, cause);
    }
  }

  #ended(): void {
    allOpenPools.delete(this);
    this.#state = 'closed';
    this.#permits.close();
    this.#events.emit('poolClosed', {});
    this.#events.end();
  }

  // ---- What can be seen ----

  /** Takes a snapshot of the pool's state and counters. */
  stats(): PoolStats {
    const now = this.#clock.now();
    return statsOf(this.#entries, this.#options, this.state, this.#counters, this.#queue, this.#permits.limiting, now);
  }

  /**
   * Who has a connection, since when and what for, the oldest loan first; and who waits, in the order of the queue.
   * @param most how many of each, at most
   * @throws PoolOptionError when `most` is not a number from 0 up
   */
  borrowers(most: number = Infinity): Borrowers {
    checkCount(this.name, 'borrowers', 'most', most);
    return borrowersOf(this.#entries.all, this.#queue, this.#connector, this.#clock.now(), most);
  }

  /**
   * Records, until the returned function is called, the line of code that each new loan and waiter comes from, at a
   * cost of about 4 microseconds each. With `leakThreshold` call sites are always recorded.
   */
  traceCallSites(): () => void {
    return this.#callSites.trace();
  }

  /** For code built upon the pool: whether call sites are recorded now. */
  get keepsCallSites(): boolean {
    return this.#callSites.areKept;
  }

  /** Adds a listener; returns a function that removes it. @throws TypeError for an unknown event */
  on<K extends PoolEventName>(event: K, listener: PoolListener<K>): () => void {
    return this.#events.on(event, listener);
  }

  /** Removes a listener that `on` has added. */
  off<K extends PoolEventName>(event: K, listener: PoolListener<K>): void {
    this.#events.off(event, listener);
  }

  /**
   * For code built upon the pool: joins the queue as `acquire` does, outside of all scopes. In place of a promise,
   * `told` is called in the turn in which there is a lease or refusal, but not before this returns. It must not throw.
   * @returns a function that ends the wait: `told` gets a refusal with the given reason
   */
  static wait<C, L extends Lease<C>>(pool: Pool<C, L>, told: Told<L>, label?: string): (reason: unknown) => void {
    return pool.#queue.joinWith(told, pool.#options.acquireTimeout, label);
  }

  /**
   * For tests: checks what must be true of every pool at rest.
   * @throws Error that names the rule which does not hold
   */
  static assertInvariants<C, L extends Lease<C>>(pool: Pool<C, L>): void {
    assertInvariants({
      entries: pool.#entries,
      queue: pool.#queue,
      opener: pool.#opener,
      state: pool.#state,
      generation: pool.#generation,
      waiting: pool.#waiting,
      permits: pool.#permits,
      now: pool.#clock.now(),
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { Pool } from 'node-mysqlpool/pool';
import type { AcquireOptions, Lease, Permits, PoolEventName, PoolEvents, PoolOptions } from 'node-mysqlpool/pool';
import { FakeClock } from './fake-clock.js';
import { FakeConnector } from './fake-connector.js';
import type { FakeConnection } from './fake-connector.js';
import { watch } from './outcome.js';
import type { Outcome } from './outcome.js';

export type FakeLease = Lease<FakeConnection>;

/** An event as recorded by `FakePool.record`. */
export type Recorded = { [K in PoolEventName]: { readonly event: K } & PoolEvents[K] }[PoolEventName];

export interface FakeParts {
  readonly permits?: Permits;
  readonly random?: () => number;
}

// Longer than any close, ping, cleaning, dial or queue timer with default options.
const LONG = 120_000;

/** A pool on a fake clock and a fake connector. */
export class FakePool {
  readonly clock = new FakeClock();
  readonly connector: FakeConnector = new FakeConnector(this.clock);
  readonly pool: Pool<FakeConnection>;

  constructor(options: PoolOptions = {}, parts: FakeParts = {}) {
    const { clock, connector } = this;
    this.pool = new Pool<FakeConnection>(
      { connector, clock, random: parts.random ?? (() => 0.5), permits: parts.permits },
      { name: 'test', ...options },
    );
  }

  /** Acquires a connection that is available without delay. */
  async acquire(options?: AcquireOptions): Promise<FakeLease> {
    return this.acquireAfter(0, options);
  }

  /** Acquires a connection that is available after `ms` milliseconds. */
  async acquireAfter(ms: number, options?: AcquireOptions): Promise<FakeLease> {
    const outcome = this.ask(options);
    await this.clock.advance(ms);
    return outcome.value;
  }

  /** Calls `acquire` without awaiting it. */
  ask(options?: AcquireOptions): Outcome<FakeLease> {
    return watch(this.pool.acquire(options));
  }

  /** Acquires `count` connections and releases them, so that they are idle. */
  async warm(count: number): Promise<void> {
    const leases: FakeLease[] = [];
    for (let i = 0; i < count; i++) leases.push(await this.acquire());
    for (const lease of leases) lease.release();
    await this.clock.settle();
  }

  /** Records all events of these names from now on. */
  record<K extends PoolEventName>(...names: K[]): Recorded[] {
    const events: Recorded[] = [];
    for (const event of names) this.pool.on(event, (payload) => events.push({ event, ...payload } as Recorded));
    return events;
  }

  /** The main figures of `stats()`, for short assertions. */
  counts(): { size: number; idle: number; inUse: number; connecting: number; closing: number; waiters: number } {
    const { size, idle, inUse, connecting, closing, waiters } = this.pool.stats();
    return { size, idle, inUse, connecting, closing, waiters };
  }

  /** Checks what must hold at any time. */
  check(): void {
    const { size, idle, inUse, connecting, closing } = this.counts();
    assert.equal(idle + inUse + connecting + closing, size, 'the parts must add up to the size');
    assert.deepEqual(this.connector.violations, []);
  }

  /** Checks what must hold whenever the pool is at rest. */
  rest(): void {
    this.check();
    Pool.assertInvariants(this.pool);
  }

  /** Closes the pool and checks that it leaves nothing behind. */
  async finish(): Promise<void> {
    this.check();
    const closed = watch(this.pool.close({ timeout: 0 }));
    await this.clock.advance(LONG);
    assert.equal(closed.state, 'resolved', 'close must settle');
    this.check();
    assert.equal(this.pool.state, 'closed');
    assert.equal(this.pool.stats().size, 0);
    assert.equal(this.pool.stats().waiters, 0);
    assert.equal(this.connector.left, 0, 'connections left open');
    assert.equal(this.connector.dialling, 0, 'dials left running');
    assert.deepEqual(this.clock.timers(), [], 'timers left behind');
  }
}

/** A fake pool that is closed and checked after the test. */
export function fakePool(t: TestContext, options: PoolOptions = {}, parts: FakeParts = {}): FakePool {
  const fake = new FakePool(options, parts);
  t.after(() => fake.finish());
  return fake;
}

import assert from 'node:assert/strict';
import { MaxTotal } from '#internal/budget/index.js';
import { Pool } from 'node-mysqlpool/pool';
import type { PoolOptions } from 'node-mysqlpool/pool';
import { FakeClock } from '../../pool/support/fake-clock.js';
import { FakeConnector } from '../../pool/support/fake-connector.js';
import type { FakeConnection } from '../../pool/support/fake-connector.js';
import { watch } from '../../pool/support/outcome.js';
import type { Outcome } from '../../pool/support/outcome.js';
import type { FakeLease } from '../../pool/support/pool.js';

/** Real pools under one common limit, on one fake clock, each with its own fake server. */
export class SharingPools {
  readonly clock = new FakeClock();
  readonly total: MaxTotal;
  readonly connectors: FakeConnector[] = [];
  readonly pools: Pool<FakeConnection>[] = [];
  readonly asked: Outcome<FakeLease>[] = [];
  peak = 0;

  constructor(limit: number, count: number, options: PoolOptions = {}) {
    this.total = new MaxTotal(limit, { clock: this.clock });
    for (let i = 0; i < count; i++) {
      const connector = new FakeConnector(this.clock);
      this.connectors.push(connector);
      const parts = { connector, clock: this.clock, random: () => 0.5, permits: this.total };
      this.pools.push(new Pool<FakeConnection>(parts, { name: `p${i}`, ...options }));
    }
  }

  ask(pool: number): Outcome<FakeLease> {
    const outcome = watch(this.pools[pool]!.acquire());
    this.asked.push(outcome);
    return outcome;
  }

  get leases(): FakeLease[] {
    return this.asked.flatMap((outcome) =>
      outcome.state === 'resolved' && outcome.value.active ? [outcome.value] : [],
    );
  }

  /** The number of connections and dials on the servers' side. */
  get open(): number {
    return this.connectors.reduce((sum, connector) => sum + connector.left + connector.dialling, 0);
  }

  get closed(): number {
    return this.connectors.reduce((sum, connector) => sum + connector.calls('destroy'), 0);
  }

  /** Asserts what must hold at any time. */
  check(): void {
    const sizes = this.pools.map((pool) => pool.stats().size);
    const { held, limit } = this.total.stats();
    assert.equal(
      held,
      sizes.reduce((sum, size) => sum + size, 0),
      'one permit a connection',
    );
    assert.ok(held <= limit, `${held} permits of ${limit}`);
    assert.ok(this.open <= limit, `${this.open} connections with a limit of ${limit}`);
    for (const connector of this.connectors) assert.deepEqual(connector.violations, []);
    this.peak = Math.max(this.peak, this.open);
  }

  /** Closes everything and checks that nothing is left. */
  async finish(): Promise<void> {
    const closing = this.pools.map((pool) => watch(pool.close({ timeout: 0 })));
    await this.clock.advance(120_000);
    for (const outcome of closing) assert.equal(outcome.state, 'resolved');
    assert.deepEqual(this.total.stats(), { limit: this.total.limit, held: 0, waiting: 0, pools: 0 });
    assert.equal(this.open, 0);
    assert.deepEqual(this.clock.timers(), []);
  }
}

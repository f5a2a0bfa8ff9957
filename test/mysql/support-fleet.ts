import type { TestContext } from 'node:test';
import type { MysqlLease, MysqlPoolOptions } from 'node-mysqlpool';
import { MysqlLease as LeaseClass } from '#internal/api/lease.js';
import { splitOptions } from '#internal/api/options.js';
import { MysqlConnector } from '#internal/mysql/connector.js';
import type { MysqlConnection } from '#internal/mysql/driver.js';
import type { FleetSessions, SessionCount, SessionCounter } from '#internal/mysql/fleet-sessions.js';
import { OptionsSource } from '#internal/mysql/options-source.js';
import type { ConnectionSource } from '#internal/mysql/source.js';
import { ScopedPool } from '#internal/scope/index.js';

export type FleetPool = ScopedPool<MysqlConnection, MysqlLease>;

/** A pool whose sessions belong to a fleet, and what the sessions have reported to the fleet. */
export interface Member {
  readonly pool: FleetPool;
  /** The account's limits, as reported with each new session, in order. */
  readonly admitted: number[];
  readonly refused: (number | undefined)[];
  readonly count: () => Promise<number | undefined>;
  readonly counted: (asksRefusals: boolean) => Promise<SessionCount | undefined>;
}

type Wanted = Partial<Pick<FleetSessions, 'lease' | 'statementLimit' | 'slots' | 'isStarving'>>;

/** @param source makes the connections, in place of mysql2's options */
export function memberOf(
  t: TestContext,
  url: string,
  wanted: Wanted = {},
  options: MysqlPoolOptions = {},
  source?: ConnectionSource,
): Member {
  const split = splitOptions(url, { name: 'shop', ...options });
  const connector = new MysqlConnector(source ?? new OptionsSource(split));
  const pool: FleetPool = new ScopedPool({ connector, Lease: LeaseClass }, split.engine);
  const admitted: number[] = [];
  const refused: (number | undefined)[] = [];
  const counts: SessionCounter[] = [];
  connector.serve({
    name: pool.name,
    maxSize: pool.options.maxSize,
    locking: pool,
    onServerFacts: () => undefined,
    fleet: {
      lease: 60_000,
      statementLimit: undefined,
      slots: undefined,
      isStarving: false,
      ...wanted,
      admitted: (limit) => void admitted.push(limit),
      told: () => undefined,
      refused: (limit) => void refused.push(limit),
      countBy: (counter) => void counts.push(counter),
    },
  });
  t.after(() => pool.close({ timeout: 0 }));
  const counted = (asksRefusals: boolean): Promise<SessionCount | undefined> => counts[0]!.now(asksRefusals);
  return { pool, admitted, refused, counted, count: async () => (await counted(false))?.sessions };
}

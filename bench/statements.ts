import { createPool as createMysql2Pool } from 'mysql2/promise';
import { createPool } from 'node-mysqlpool';
import { Absent } from './bench.js';

/** A borrowed connection that runs statements, as text or prepared. */
interface Runner {
  query(sql: string): Promise<unknown>;
  execute(sql: string, values: number[]): Promise<unknown>;
  release(): void;
}

type PoolFactory = (url: string, size: number) => { acquire(): Promise<Runner> };

/** Pools whose connections have mysql2's caches, with default options. */
const POOLS: Readonly<Record<string, PoolFactory>> = {
  mysqlpool: (url, size) => createPool(url, { maxSize: size }),
  mysql2: (url, size) => {
    const pool = createMysql2Pool({ uri: url, connectionLimit: size, maxIdle: size });
    return { acquire: () => pool.getConnection() };
  },
};

const TEXTS = 1_000;
// More prepared statements than the server allows to all connections together (max_prepared_stmt_count).
const TOO_MANY_STATEMENTS = 1461;

/**
 * A pool of `size` idle connections to a real server, each of which has run 1,000 texts that no other connection has
 * run.
 * @throws Absent for a pool that does not connect to MySQL, or that keeps more prepared statements than the server
 * allows
 */
export async function usedConnections(subject: string, size: number, url: string, prepared: boolean): Promise<unknown> {
  const factory = POOLS[subject];
  if (factory === undefined) throw new Absent('not measured');
  const pool = factory(url, size);
  const all = await Promise.all(Array.from({ length: size }, () => pool.acquire()));
  try {
    await Promise.all(all.map((runner, nth) => runTexts(runner, nth * TEXTS, prepared)));
  } catch (error) {
    if ((error as { errno?: number }).errno !== TOO_MANY_STATEMENTS) throw error;
    throw new Absent('error 1461, too many prepared statements');
  }
  for (const runner of all) runner.release();
  return [pool];
}

async function runTexts(runner: Runner, first: number, prepared: boolean): Promise<void> {
  for (let n = first; n < first + TEXTS; n++) {
    if (prepared) await runner.execute(`SELECT ${n} + ? AS n`, [n]);
    else await runner.query(`SELECT ${n} AS n`);
  }
}

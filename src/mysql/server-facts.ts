import type { Pool, ResizeOptions, ResolvedPoolOptions } from '../pool/index.js';
import { misfitsOf, type ServerLimits } from '../session/index.js';
import { runOwn } from './own-commands.js';
import type { Session } from './session.js';

/** The limits of the server, which the pool asks for once. */
export type ServerFacts = { readonly [limit in keyof ServerLimits]: number };

/**
 * Undefined if the server, or a proxy in front of it, does not answer.
 * @param isInFleet then the session's own `wait_timeout` is the lease of the fleet, which pings keep alive, so the
 * global value is asked for
 */
export async function askServer(session: Session, isInFleet: boolean): Promise<ServerFacts | undefined> {
  const sql = `SELECT @@${isInFleet ? 'global.' : ''}wait_timeout AS waitTimeout, @@max_connections AS maxConnections, @@max_user_connections AS maxUserConnections`;
  try {
    const rows = (await runOwn(session, sql)) as unknown as readonly Readonly<Record<keyof ServerFacts, unknown>>[];
    const facts = rows[0];
    if (facts === undefined) return undefined;
    return {
      waitTimeout: Number(facts.waitTimeout),
      maxConnections: Number(facts.maxConnections),
      maxUserConnections: Number(facts.maxUserConnections),
    };
  } catch {
    return undefined;
  }
}

export interface Advice {
  readonly changes: ResizeOptions;
  readonly warnings: readonly string[];
}

/**
 * What follows from the server's limits: shorter idle times, and a warning for each setting that the application chose
 * (`chosen`) and that cannot work.
 */
export function advise(
  facts: ServerFacts,
  options: ResolvedPoolOptions,
  chosen: ReadonlySet<string>,
  isInFleet = false,
): Advice {
  const changes: { -readonly [option in keyof ResizeOptions]: ResizeOptions[option] } = {};
  const warnings: string[] = [];
  for (const { option, is, variable, limit, instead, isHarmless } of misfitsOf(facts, options)) {
    // The account's limit is shared by all processes of the fleet, and a single process may use all of it.
    if (isHarmless || (isInFleet && variable === 'max_user_connections')) continue;
    if (instead === undefined) {
      warnings.push(`${option} is ${is}, but the server allows ${limit} connections in all (${variable})`);
      continue;
    }
    changes[option] = instead;
    if (!chosen.has(option)) continue;
    const now = is === 0 ? '0 (off)' : `${is} ms`;
    warnings.push(
      `${option} is ${now}, but the server closes a connection after ${limit} ms of silence (${variable}); ${instead} ms is used`,
    );
  }
  return { changes, warnings };
}

/** The facts, with the time of day at which they were read. */
type DatedFacts = ServerFacts & { readonly at: number };

const known = new WeakMap<object, DatedFacts>();

/** The limits that the server of a pool has reported, available from the pool's first connection on. */
export const serverFactsOf = (pool: object): DatedFacts | undefined => known.get(pool);

/** Adapts a pool to the limits of its server, and warns where that overrides a chosen setting. */
export function heedServer(
  pool: Pick<Pool<unknown>, 'name' | 'options' | 'resize'>,
  facts: ServerFacts,
  chosen: ReadonlySet<string>,
  isInFleet: boolean = false,
): void {
  known.set(pool, { ...facts, at: Date.now() });
  const { changes, warnings } = advise(facts, pool.options, chosen, isInFleet);
  if (Object.keys(changes).length > 0) pool.resize(changes);
  for (const warning of warnings) {
    process.emitWarning(`${pool.name}: ${warning}`, { type: 'MysqlPoolWarning', code: 'MYSQLPOOL_SETTING' });
  }
}

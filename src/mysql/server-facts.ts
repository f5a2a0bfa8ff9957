import type { Pool, ResizeOptions, ResolvedPoolOptions } from '../pool/index.js';
import { misfitsOf, type ServerLimits } from '../session/index.js';
import { runOwn } from './own-commands.js';
import type { Session } from './session.js';

/** What the pool asks the server about its limits, once. */
export type ServerFacts = { readonly [limit in keyof ServerLimits]: number };

/**
 * Undefined when the server, or what stands before it, does not tell.
 * @param isInFleet the session's own `wait_timeout` is the fleet's lease, which pings see to
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
 * What the server's limits mean for the pool: shorter idle times, and a warning for each setting that somebody chose
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
    // A fleet's limit is for all of its processes, and a lone one may have all of it.
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

/** With the time of day at which they were told. */
type DatedFacts = ServerFacts & { readonly at: number };

const known = new WeakMap<object, DatedFacts>();

/** What the server of a pool has told about its limits, from the pool's first connection on. */
export const serverFactsOf = (pool: object): DatedFacts | undefined => known.get(pool);

/** Has a pool do as its server's limits demand, and say where that is not what was chosen. */
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

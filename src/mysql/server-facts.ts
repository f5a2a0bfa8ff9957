import type { Pool, ResizeOptions, ResolvedPoolOptions } from '../pool/index.js';
import { runOwn } from './own-commands.js';
import type { Session } from './session.js';

/** What the pool asks the server about its limits, once. */
export interface ServerFacts {
  /** After so many seconds of silence the server closes a connection. */
  readonly waitTimeout: number;
  readonly maxConnections: number;
  /** 0: no limit for each account. */
  readonly maxUserConnections: number;
}

/** Undefined when the server, or what stands before it, does not tell. */
export async function askServer(session: Session): Promise<ServerFacts | undefined> {
  const sql =
    'SELECT @@wait_timeout AS waitTimeout, @@max_connections AS maxConnections, @@max_user_connections AS maxUserConnections';
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
export function advise(facts: ServerFacts, options: ResolvedPoolOptions, chosen: ReadonlySet<string>): Advice {
  const changes: { idleTimeout?: number; keepaliveInterval?: number } = {};
  const warnings: string[] = [];
  const { waitTimeout, maxConnections, maxUserConnections } = facts;
  const wait = waitTimeout * 1000;
  const shorten = (name: 'idleTimeout' | 'keepaliveInterval', to: number): void => {
    changes[name] = to;
    if (!chosen.has(name)) return;
    const now = options[name] === 0 ? '0 (off)' : `${options[name]} ms`;
    warnings.push(
      `${name} is ${now}, but the server closes a connection after ${wait} ms of silence (wait_timeout); ${to} ms is used`,
    );
  };
  if (wait > 0) {
    const { idleTimeout, keepaliveInterval } = options;
    // Half, so that one ping may be late; nine tenths, so that it is us who close.
    if (keepaliveInterval >= wait / 2) shorten('keepaliveInterval', Math.floor(wait / 2));
    const staysAwake = keepaliveInterval > 0 && idleTimeout === 0;
    if (!staysAwake && (idleTimeout === 0 || idleTimeout >= wait)) shorten('idleTimeout', Math.floor(wait * 0.9));
  }
  for (const [limit, name] of [
    [maxConnections, 'max_connections'],
    [maxUserConnections, 'max_user_connections'],
  ] as const) {
    if (limit > 0 && options.maxSize > limit) {
      warnings.push(`maxSize is ${options.maxSize}, but the server allows ${limit} connections in all (${name})`);
    }
  }
  return { changes, warnings };
}

/** Has a pool do as its server's limits demand, and say where that is not what was chosen. */
export function heedServer(
  pool: Pick<Pool<unknown>, 'name' | 'options' | 'resize'>,
  facts: ServerFacts,
  chosen: ReadonlySet<string>,
): void {
  const { changes, warnings } = advise(facts, pool.options, chosen);
  if (Object.keys(changes).length > 0) pool.resize(changes);
  for (const warning of warnings) {
    process.emitWarning(`${pool.name}: ${warning}`, { type: 'MysqlPoolWarning', code: 'MYSQLPOOL_SETTING' });
  }
}

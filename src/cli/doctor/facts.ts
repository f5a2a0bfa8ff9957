import type { Definition, ServerLimits } from '../../session/index.js';
import type { ResolvedFleetOptions } from '../../budget/fleet-options.js';
import type { PingPolicy } from '../../pool/index.js';
import type { Answer } from '../ask-over.js';

/** Everything that the checks look at. It contains no secrets. */
export interface Facts {
  /** How many processes run the program at the same time. */
  readonly processes: number;
  /** Whether the user has given `processes`; otherwise it is 1. */
  readonly processesGiven: boolean;
  /** Today, in ms since 1970. */
  readonly today: number;
  /** `MYSQLPOOL_MAX_TOTAL`; Infinity without one. */
  readonly maxTotal: number;
  /** Where `maxTotal` is set, or would be. */
  readonly maxTotalAt: string;
  readonly databases: readonly DatabaseFacts[];
  /** Settings that `configure` would refuse. */
  readonly mistakes: readonly Mistake[];
  /** Where settings were found: the file, variables of the environment, the command line. */
  readonly sources: readonly string[];
  /** Names of environment variables that are ours, or look as if they were meant to be. */
  readonly variables: readonly string[];
  readonly project: ProjectFacts | undefined;
}

export interface Mistake {
  /** The path of the setting, such as `DATABASES.default.PORT`. */
  readonly setting: string;
  readonly message: string;
  /** Whether the mistake is in the pool settings; the checks then use the default settings. */
  readonly isOfPools: boolean;
}

export interface DatabaseFacts {
  readonly alias: string;
  /** The path of its setting, such as `DATABASES.default`; or `--url`. */
  readonly at: string;
  /** Undefined for a Unix socket. */
  readonly host: string | undefined;
  /** `host:port`, or the path of the Unix socket. Databases with the same address are on the same server. */
  readonly address: string;
  readonly user: string | undefined;
  readonly database: string | undefined;
  readonly asksForTls: boolean;
  /** Databases with the same key share a pool. */
  readonly poolKey: string;
  readonly pool: PoolFacts;
  /** The limit that all processes of the account share; undefined without one. */
  readonly fleet: ResolvedFleetOptions | undefined;
  readonly server: ServerAnswer;
}

/** The options that a pool will have, by our names and in ms. */
export interface PoolFacts {
  readonly poolClass: string;
  readonly contextLocal: boolean;
  readonly maxSize: number;
  readonly maxIdle: number;
  readonly minIdle: number;
  readonly acquireTimeout: number;
  readonly maxLifetime: number;
  readonly idleTimeout: number;
  readonly keepaliveInterval: number;
  readonly ping: PingPolicy;
  readonly reset: string;
  /** The options that are set explicitly. */
  readonly chosen: ReadonlySet<string>;
  /** Where each option is set, and under which name; undefined if it cannot be set there. */
  readonly lines: Readonly<Record<string, OptionLine | undefined>>;
}

/** Where an option is set. */
export interface OptionLine {
  /** The option's name there, such as `recycle`. */
  readonly name: string;
  /** Such as `MYSQLPOOL_ARGUMENTS.recycle (mysqlpool.config.json, line 4)`. */
  readonly line: string;
  /** The unit of durations there. */
  readonly unit: 'seconds' | 'ms';
}

/** The result of asking the server. */
export type ServerAnswer = Answer<ServerFacts>;

/** What the server says about itself. A property is undefined if the server does not tell it. */
export interface ServerFacts {
  /** System variables by name, with the values of this session (`SHOW VARIABLES`). */
  readonly variables: ReadonlyMap<string, string>;
  readonly threadsConnected: number | undefined;
  /** The TLS cipher of the doctor's connection; empty without TLS. */
  readonly cipher: string | undefined;
  /** The account that the server has authenticated us as, such as `app@%`. */
  readonly account: string | undefined;
  /** The number of sessions by user, without the doctor's own, as far as the account may see them. */
  readonly sessions: ReadonlyMap<string, number> | undefined;
  /** The views and triggers of the database, as far as the account may see them. */
  readonly definitions: readonly Definition[];
  /** What could not be asked, and why. */
  readonly problems: readonly string[];
}

/** What the project's package.json says. */
export interface ProjectFacts {
  /** The path of its package.json, relative to the current folder. */
  readonly manifest: string;
  readonly dependencies: ReadonlySet<string>;
  /** Whether it is started with `node-mysqlpool/register`, as far as its scripts and NODE_OPTIONS show. */
  readonly registers: boolean;
}

/** A system variable as a number; undefined if the server did not tell it, or it is no number. */
export function figure({ variables }: ServerFacts, name: string): number | undefined {
  const value = Number(variables.get(name) ?? '');
  return variables.get(name) === undefined || !Number.isFinite(value) ? undefined : value;
}

/** The server's limits, as far as the server tells them. */
export const limitsOf = (facts: ServerFacts): ServerLimits => ({
  waitTimeout: figure(facts, 'wait_timeout'),
  maxConnections: figure(facts, 'max_connections'),
  maxUserConnections: figure(facts, 'max_user_connections'),
});

import type { Definition, ServerLimits } from '../../session/index.js';
import type { ResolvedFleetOptions } from '../../budget/fleet-options.js';
import type { PingPolicy } from '../../pool/index.js';
import type { Answer } from '../ask-over.js';

/** All that the checks go by. No secret is in it. */
export interface Facts {
  /** How many processes run the program at the same time. */
  readonly processes: number;
  /** Whether somebody said so. */
  readonly processesGiven: boolean;
  /** Today, in ms since 1970. */
  readonly today: number;
  /** `MYSQLPOOL_MAX_TOTAL`; Infinity without one. */
  readonly maxTotal: number;
  /** Where it is, or would be, set. */
  readonly maxTotalAt: string;
  readonly databases: readonly DatabaseFacts[];
  /** Settings that `configure` would refuse. */
  readonly mistakes: readonly Mistake[];
  /** Where settings were found: the file, variables of the environment, the command line. */
  readonly sources: readonly string[];
  /** The names of variables of the environment that are, or look like, ours. */
  readonly variables: readonly string[];
  readonly project: ProjectFacts | undefined;
}

export interface Mistake {
  /** The path of the setting, such as `DATABASES.default.PORT`. */
  readonly setting: string;
  readonly message: string;
  /** It is about pools: the checks go by the defaults instead. */
  readonly isOfPools: boolean;
}

export interface DatabaseFacts {
  readonly alias: string;
  /** The setting, such as `DATABASES.default` or `--url`. */
  readonly at: string;
  /** Undefined for a socket. */
  readonly host: string | undefined;
  /** `host:port`, or the path of the socket. Databases with the same one are on the same server. */
  readonly address: string;
  readonly user: string | undefined;
  readonly database: string | undefined;
  readonly asksForTls: boolean;
  /** Databases with the same key share a pool. */
  readonly poolKey: string;
  readonly pool: PoolFacts;
  /** The limit that all processes of the account share; undefined when there is to be none. */
  readonly fleet: ResolvedFleetOptions | undefined;
  readonly server: ServerAnswer;
}

/** What a pool will be like, in our own words and ms. */
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
  /** The options that somebody chose. */
  readonly chosen: ReadonlySet<string>;
  /** How each option is called where it can be changed, with its place; those that are missing cannot be. */
  readonly lines: Readonly<Record<string, OptionLine | undefined>>;
}

/** Where an option is written. */
export interface OptionLine {
  /** What it is called there, such as `recycle`. */
  readonly name: string;
  /** Such as `mysqlpool.config.json line 4, MYSQLPOOL_ARGUMENTS.recycle`. */
  readonly line: string;
  /** The unit of durations there. */
  readonly unit: 'seconds' | 'ms';
}

/** What came of asking the server. */
export type ServerAnswer = Answer<ServerFacts>;

/** What the server says; what it does not tell is missing. */
export interface ServerFacts {
  /** By name, as `SHOW VARIABLES` has them for this session. */
  readonly variables: ReadonlyMap<string, string>;
  readonly threadsConnected: number | undefined;
  /** The cipher of our own connection; empty without TLS. */
  readonly cipher: string | undefined;
  /** As whom the server knows us, such as `app@%`. */
  readonly account: string | undefined;
  /** Sessions by user, without the doctor's own, as far as we may see them. */
  readonly sessions: ReadonlyMap<string, number> | undefined;
  /** The views and triggers of the database, as far as we may see them. */
  readonly definitions: readonly Definition[];
  /** What could not be asked, and why. */
  readonly problems: readonly string[];
}

/** What the project on disk says. */
export interface ProjectFacts {
  /** Path of its package.json, from the current folder. */
  readonly manifest: string;
  readonly dependencies: ReadonlySet<string>;
  /** Whether it is started with `node-mysqlpool/register`, as far as scripts and NODE_OPTIONS tell. */
  readonly registers: boolean;
}

/** A figure of the server; undefined when it does not tell. */
export function figure({ variables }: ServerFacts, name: string): number | undefined {
  const value = Number(variables.get(name) ?? '');
  return variables.get(name) === undefined || !Number.isFinite(value) ? undefined : value;
}

/** Its limits, as far as it tells them. */
export const limitsOf = (facts: ServerFacts): ServerLimits => ({
  waitTimeout: figure(facts, 'wait_timeout'),
  maxConnections: figure(facts, 'max_connections'),
  maxUserConnections: figure(facts, 'max_user_connections'),
});

/** What a server reports about its limits; undefined where it does not. */
export interface ServerLimits {
  /** After how many seconds of silence it closes a connection. */
  readonly waitTimeout: number | undefined;
  readonly maxConnections: number | undefined;
  /** 0: no limit per account. */
  readonly maxUserConnections: number | undefined;
}

/** The options of a pool that have to fit a server. Times are in ms; 0 is never. */
export interface LimitedOptions {
  readonly maxSize: number;
  readonly idleTimeout: number;
  readonly keepaliveInterval: number;
  readonly maxLifetime: number;
}

/** An option that does not fit its server. */
export interface Misfit {
  readonly option: keyof LimitedOptions;
  readonly is: number;
  /** The server variable with the limit, and the limit in ms, or connections. */
  readonly variable: 'wait_timeout' | 'max_connections' | 'max_user_connections';
  readonly limit: number;
  /** The value that the pool uses instead; undefined when the option stays as it is. */
  readonly instead: number | undefined;
  /** Whether nothing breaks, because the pool deals with it in another way. */
  readonly isHarmless: boolean;
}

interface Rule extends Pick<Misfit, 'option' | 'variable'> {
  readonly limit: (limits: ServerLimits) => number | undefined;
  readonly breaks: (limit: number, options: LimitedOptions) => boolean;
  readonly instead?: (limit: number) => number;
  readonly isHarmless?: true;
}

const waitTimeout = ({ waitTimeout: seconds }: ServerLimits): number | undefined => seconds && seconds * 1_000;
const isNeverOrFrom = (value: number, limit: number): boolean => value === 0 || value >= limit;

/** Whether pings come often enough that the server never finds a connection silent. */
const staysAwake = ({ keepaliveInterval, idleTimeout }: LimitedOptions): boolean =>
  keepaliveInterval > 0 && idleTimeout === 0;

/** All rules, for the warning of a running pool and for `mysqlpool doctor` alike. */
const RULES: readonly Rule[] = [
  {
    option: 'keepaliveInterval',
    variable: 'wait_timeout',
    limit: waitTimeout,
    // Half, so that one ping may be late.
    breaks: (limit, { keepaliveInterval }) => keepaliveInterval > limit / 2,
    instead: (limit) => Math.floor(limit / 2),
  },
  {
    option: 'idleTimeout',
    variable: 'wait_timeout',
    limit: waitTimeout,
    breaks: (limit, options) => !staysAwake(options) && isNeverOrFrom(options.idleTimeout, limit),
    // Nine tenths, so that the pool closes first.
    instead: (limit) => Math.floor(limit * 0.9),
  },
  {
    option: 'maxLifetime',
    variable: 'wait_timeout',
    limit: waitTimeout,
    breaks: (limit, { maxLifetime }) => maxLifetime === 0 || maxLifetime > limit,
    isHarmless: true,
  },
  {
    option: 'maxSize',
    variable: 'max_connections',
    limit: ({ maxConnections }) => maxConnections,
    breaks: (limit, { maxSize }) => maxSize > limit,
  },
  {
    option: 'maxSize',
    variable: 'max_user_connections',
    limit: ({ maxUserConnections }) => maxUserConnections,
    breaks: (limit, { maxSize }) => maxSize > limit,
  },
];

/** Which options of a pool do not fit its server. A limit of 0 is none. */
export function misfitsOf(limits: ServerLimits, options: LimitedOptions): Misfit[] {
  return RULES.flatMap(({ option, variable, limit: limitIn, breaks, instead, isHarmless = false }) => {
    const limit = limitIn(limits) ?? 0;
    if (!(limit > 0) || !breaks(limit, options)) return [];
    return [{ option, is: options[option], variable, limit, instead: instead?.(limit), isHarmless }];
  });
}

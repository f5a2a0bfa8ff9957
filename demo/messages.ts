/** How one of the demo's processes reaches the database. */
export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** Whether the FTP server holds a connection for each session, or borrows them from mysqlpool. */
export const STORE_KINDS = ['connection-per-session', 'mysqlpool'] as const;
export type StoreKind = (typeof STORE_KINDS)[number];

export interface FtpOrder {
  readonly store: StoreKind;
  readonly database: DatabaseAddress;
  /** Most connections of the pool. */
  readonly limit: number;
  /** Whether that limit is the account's, which all its processes share. */
  readonly isFleet: boolean;
}

/** What the pool says of itself; nobody but the pool knows who waits. */
export interface PoolFigures {
  readonly size: number;
  readonly inUse: number;
  readonly waiters: number;
  /** Most connections there ever were at once, those being opened or closed included. */
  readonly peak: number;
  readonly opened: number;
}

export type FtpReport = { readonly listening: number } | { readonly pool: PoolFigures };

/** Where the server is, and how many sessions the gateway may have there. */
export interface GatewayOrder {
  readonly host: string;
  readonly port: number;
  readonly limit: number;
}

export type GatewayReport = FtpReport;

export interface FtpResult {
  readonly pool: PoolFigures | undefined;
  /** Errors of the FTP server's log by message, with how often each came. */
  readonly errors: Readonly<Record<string, number>>;
}

export interface ClientsOrder {
  /** Of the FTP servers. */
  readonly ports: readonly number[];
  /** The numbers of the users whose clients this process runs. */
  readonly first: number;
  readonly count: number;
  readonly seconds: number;
  /** How long after that a client that has failed may go on trying to finish its session. */
  readonly patience: number;
}

export interface ClientFigures {
  readonly sessionsServed: number;
  readonly operations: number;
  readonly failures: number;
  /** Clients that have a session open now. */
  readonly active: number;
  readonly lastFailure: string | undefined;
}

/** An upload the FTP server has acknowledged: from then on the database must have it, whatever happens. */
export interface Upload {
  readonly user: string;
  readonly name: string;
  readonly sha256: string;
}

export interface ClientsResult extends ClientFigures {
  /** Clients that had begun a session and could not finish it, nor one after it. */
  readonly lost: number;
  /** Clients of which no session was ever served. */
  readonly neverServed: number;
  readonly uploads: readonly Upload[];
}

export interface BystanderOrder {
  readonly database: DatabaseAddress;
}

/** One round of the bystander: connect, query, leave. Times are `Date.now()`, which all processes share. */
export interface BystanderRound {
  readonly began: number;
  readonly ended: number;
  readonly error: string | undefined;
}

/** The address and account with which one of the demo's processes connects to the database. */
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
  /** The pool's maximum number of connections. */
  readonly limit: number;
  /** Whether the limit is that of the account, which all FTP servers share. */
  readonly isFleet: boolean;
}

/** The pool's own figures; the number of waiters is known to the pool only. */
export interface PoolFigures {
  readonly size: number;
  readonly inUse: number;
  readonly waiters: number;
  /** The peak of connections, including those being opened or closed. */
  readonly peak: number;
  readonly opened: number;
}

export type FtpReport = { readonly listening: number } | { readonly pool: PoolFigures };

/** The server's address, and how many sessions the gateway may have there. */
export interface GatewayOrder {
  readonly host: string;
  readonly port: number;
  readonly limit: number;
}

export type GatewayReport = FtpReport;

export interface FtpResult {
  readonly pool: PoolFigures | undefined;
  /** How often each message was logged as an error by the FTP server. */
  readonly errors: Readonly<Record<string, number>>;
}

export interface ClientsOrder {
  /** The ports of the FTP servers. */
  readonly ports: readonly number[];
  /** The first user, and the number of users, whose clients this process runs. */
  readonly first: number;
  readonly count: number;
  readonly seconds: number;
  /** For how many seconds after that a client may retry a session that failed. */
  readonly patience: number;
}

export interface ClientFigures {
  readonly sessionsServed: number;
  readonly operations: number;
  readonly failures: number;
  /** Clients that have an open session. */
  readonly active: number;
  readonly lastFailure: string | undefined;
}

/** An upload that the FTP server has acknowledged, and that the database must therefore have. */
export interface Upload {
  readonly user: string;
  readonly name: string;
  readonly sha256: string;
}

export interface ClientsResult extends ClientFigures {
  /** Clients that could not finish a session they had begun, nor a later one. */
  readonly lost: number;
  /** Clients that never completed a session. */
  readonly neverServed: number;
  readonly uploads: readonly Upload[];
}

export interface BystanderOrder {
  readonly database: DatabaseAddress;
}

/** One round of the bystander: connect, query, disconnect. Times are `Date.now()`, which all processes share. */
export interface BystanderRound {
  readonly began: number;
  readonly ended: number;
  readonly error: string | undefined;
}

export const SERVER_KINDS = ['mariadb', 'mysql'] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];

/** One row of an answer, by column name. */
export type Row = Record<string, unknown>;

export interface ServerOptions {
  /** `max_connections`; the admin account gets one more. @default the server's own, 151 */
  readonly maxConnections?: number;
  /** `wait_timeout` in seconds, as the server counts it. @default the server's own, 28800 */
  readonly waitTimeout?: number;
  /** `max_user_connections`, for every account without a limit of its own. @default 0, no limit */
  readonly maxUserConnections?: number;
  /** Offer TLS with a certificate for 127.0.0.1 and localhost, signed by `TestServer.tlsCa`. @default false */
  readonly tls?: boolean;
  /** More system variables for the server's command line, by their SQL names. They win over everything else. */
  readonly variables?: Readonly<Record<string, string | number>>;
  /** Hears what is being fetched, built and started. @default a line on stderr when there is something to wait for */
  readonly onProgress?: (line: string) => void;
}

/**
 * A real database server on 127.0.0.1. One of our own (`startServer`) dies with the process that started it, however
 * that ends, and its data with it. One that is not our own (`MYSQLPOOL_TEST_URL`, or shared by a test run) can be used
 * but not controlled: every method that would change its life rejects and says so.
 */
export interface TestServer extends AsyncDisposable {
  readonly kind: ServerKind;
  /** What `SELECT VERSION()` says. */
  readonly version: string;
  readonly host: string;
  readonly port: number;
  /** Throws where there is none to be had: a server behind a URL or in a container. */
  readonly socketPath: string;
  /** An account with every right except those that pass the server's limits (SUPER, CONNECTION_ADMIN). */
  readonly user: string;
  readonly password: string;
  /** An account with every right. The server keeps one connection more than `max_connections` for it. */
  readonly adminUser: string;
  readonly adminPassword: string;
  /** The file with the certificate authority to trust; only with `tls`. */
  readonly tlsCa: string | undefined;

  /** `mysql://user:password@host:port/database` of the application account. */
  url(database?: string): string;
  /**
   * Runs a statement, or several one after the other, on a short connection of the admin account and answers the rows of
   * the last, or none if it is not a query.
   * Works when every connection is taken; waits up to 10 s for another admin statement that holds the reserved one.
   */
  admin(...statements: readonly string[]): Promise<Row[]>;
  /** How many connections the server counts, of one user or of everybody but the admin account and its own threads. */
  connections(user?: string): Promise<number>;

  /** Starts it again after `stop` or `kill`: same port, same data. Does nothing while it runs. */
  start(): Promise<void>;
  /** A clean shutdown (SIGTERM), of a frozen server too. Does nothing when it is down. */
  stop(): Promise<void>;
  /** The server is gone at once (SIGKILL), with no word to its clients. Does nothing when it is down. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** The server stands still (SIGSTOP): its connections stay open and silent, new ones are accepted by the kernel only. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
}

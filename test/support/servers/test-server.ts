export const SERVER_KINDS = ['mariadb', 'mysql'] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];

/** One row of a result, by column name. */
export type Row = Record<string, unknown>;

export interface ServerOptions {
  /** `max_connections`; the admin account gets one more. @default the server's own, 151 */
  readonly maxConnections?: number;
  /** `wait_timeout`, in seconds. @default the server's own, 28800 */
  readonly waitTimeout?: number;
  /** `max_user_connections`, for every account without a limit of its own. @default 0, no limit */
  readonly maxUserConnections?: number;
  /** Offer TLS with a certificate for 127.0.0.1 and localhost, signed by `TestServer.tlsCa`. @default false */
  readonly tls?: boolean;
  /** Further system variables for the server's command line, by their SQL names. They override all other options. */
  readonly variables?: Readonly<Record<string, string | number>>;
  /** Called with a line about what is being fetched, built and started. @default prints it on stderr */
  readonly onProgress?: (line: string) => void;
}

/**
 * A real database server. One that this process has started is killed, and its data deleted, when the process ends,
 * however it ends. Any other one (`MYSQLPOOL_TEST_URL`, or shared by a test run) can be used but not controlled:
 * `start`, `stop`, `freeze` and the like reject with the reason.
 */
export interface TestServer extends AsyncDisposable {
  readonly kind: ServerKind;
  /** The result of `SELECT VERSION()`. */
  readonly version: string;
  readonly host: string;
  readonly port: number;
  /** The path of the Unix socket. Throws for a server at a URL or in a container. */
  readonly socketPath: string;
  /** An account with all privileges except those that bypass the server's limits (SUPER, CONNECTION_ADMIN). */
  readonly user: string;
  readonly password: string;
  /** An account with all privileges. The server reserves one connection above `max_connections` for it. */
  readonly adminUser: string;
  readonly adminPassword: string;
  /** The path of the CA certificate to trust; only with `tls`. */
  readonly tlsCa: string | undefined;

  /** `mysql://user:password@host:port/database` of the application account. */
  url(database?: string): string;
  /**
   * Runs statements one after the other on a new connection of the admin account. Resolves with the rows of the last
   * one, or no rows if it is no query. Works even when all connections are taken; waits up to 10 s while another admin
   * statement holds the reserved one.
   */
  admin(...statements: readonly string[]): Promise<Row[]>;
  /**
   * The server's count of connections: of one user, or else of all users except the admin account and system threads.
   */
  connections(user?: string): Promise<number>;

  /** Starts the server again after `stop` or `kill`, with the same port and data. Does nothing while it runs. */
  start(): Promise<void>;
  /** Shuts the server down cleanly (SIGTERM), even if it is frozen. Does nothing when it is down. */
  stop(): Promise<void>;
  /** Kills the server (SIGKILL). Does nothing when it is down. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Stops the server's process (SIGSTOP): connections stay open but get no answer, the kernel accepts new ones. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
}

import type { DemoOptions } from './options.js';
import type { StoreKind } from './messages.js';

export const ACT_NAMES = ['without-pool', 'with-pool', 'database-killed', 'fleet', 'gateway'] as const;
export type ActName = (typeof ACT_NAMES)[number];

/** The description of one act. */
export interface Act {
  readonly name: ActName;
  readonly number: number;
  readonly title: string;
  /** A short title for the table, which has to fit into 80 columns; the number of the act stands before it. */
  readonly label: string;
  readonly store: StoreKind;
  /** The number of FTP servers. Several are a fleet, whose processes share the limit. */
  readonly servers: number;
  /** The FTP server connects to a gateway's HOST and PORT instead of the database's. */
  readonly isThroughGateway: boolean;
  /** What is killed during the act: the database, which is started again, or one of the FTP servers. */
  readonly kill: 'database' | 'ftp-server' | undefined;
  /** For how many seconds after the end of the act a client may retry a session that failed. */
  readonly patience: number;
}

export function acts(options: DemoOptions): Act[] {
  return allActs(options).filter(({ number }) => options.acts.includes(number));
}

/** What most acts have in common. */
const USUAL = { store: 'mysqlpool', servers: 1, isThroughGateway: false, kill: undefined, patience: 30 } as const;

function allActs({ limit }: DemoOptions): Act[] {
  const without = { ...USUAL, store: 'connection-per-session' } as const;
  return [
    // No retries afterwards: clients that were refused until the end of the act would not be served later either.
    { ...without, name: 'without-pool', number: 1, title: 'without a pool', label: 'without a pool', patience: 0 },
    { ...USUAL, name: 'with-pool', number: 2, title: `with mysqlpool, limit ${limit}`, label: 'with mysqlpool' },
    {
      ...USUAL,
      name: 'database-killed',
      number: 3,
      title: `limit ${limit}, the database is killed`,
      label: 'database killed',
      kill: 'database',
    },
    {
      ...USUAL,
      name: 'fleet',
      number: 4,
      title: `four FTP servers share the limit of ${limit}, one is killed`,
      label: 'one of four killed',
      servers: 4,
      kill: 'ftp-server',
    },
    {
      ...without,
      name: 'gateway',
      number: 5,
      title: `as act 1, but HOST and PORT are those of a gateway, limit ${limit}`,
      label: 'by way of gateway',
      isThroughGateway: true,
    },
  ];
}

/** The results of one act. */
export interface ActResult {
  readonly act: Act;
  /** Sessions that were completed, from login to logout. */
  readonly sessionsServed: number;
  /** Logins, listings, uploads and downloads that succeeded. */
  readonly operations: number;
  /** Sessions that ended with an error; the client then starts again. */
  readonly failures: number;
  /** Clients that could not finish a session that they had begun. */
  readonly lost: number;
  readonly neverServed: number;
  /** The peak of the FTP account's connections, as counted by the database. */
  readonly peakServerConnections: number;
  /** The peak of connections as counted by the pool, including those being opened; 0 without a pool. */
  readonly peakPoolConnections: number;
  readonly bystanderOk: number;
  /** Failures of the bystander while the database was up. */
  readonly bystanderFailed: number;
  readonly bystanderFailedInOutage: number;
  readonly bystanderError: string | undefined;
  readonly lastFailure: string | undefined;
  readonly uploads: number;
  /** Acknowledged uploads that are missing in the database. */
  readonly uploadsMissing: number;
  /** After how many ms the other FTP servers had the killed one's connections; undefined: they did not need them. */
  readonly takenOver: number | undefined;
  /** How long the database was down, in ms; 0 if it was not. */
  readonly outage: number;
  readonly ftpErrors: Readonly<Record<string, number>>;
}

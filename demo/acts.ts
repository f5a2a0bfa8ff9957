import type { DemoOptions } from './options.js';
import type { StoreKind } from './messages.js';

export const ACT_NAMES = ['without-pool', 'with-pool', 'database-killed', 'fleet', 'gateway'] as const;
export type ActName = (typeof ACT_NAMES)[number];

/** What happens in one act. */
export interface Act {
  readonly name: ActName;
  readonly number: number;
  readonly title: string;
  /** For the table, which has to fit into 80 columns. */
  readonly label: string;
  readonly store: StoreKind;
  /** FTP servers: more than one are a fleet, whose processes share the limit. */
  readonly servers: number;
  /** The FTP server has another HOST and PORT: those of a gateway. */
  readonly isThroughGateway: boolean;
  /** What is killed in the middle: the database, which is started again, or one of the FTP servers. */
  readonly kill: 'database' | 'ftp-server' | undefined;
  /** How long after the act's time a client may go on trying to finish a session that failed, in seconds. */
  readonly patience: number;
}

export function acts(options: DemoOptions): Act[] {
  return allActs(options).filter(({ number }) => options.acts.includes(number));
}

/** What most acts have in common. */
const USUAL = { store: 'mysqlpool', servers: 1, isThroughGateway: false, kill: undefined, patience: 30 } as const;

function allActs({ limit }: DemoOptions): Act[] {
  const label = `mysqlpool, limit ${limit}`;
  const without = { ...USUAL, store: 'connection-per-session' } as const;
  return [
    // Who was turned away until the end of the act is not going to be served.
    { ...without, name: 'without-pool', number: 1, title: 'without a pool', label: 'without a pool', patience: 0 },
    { ...USUAL, name: 'with-pool', number: 2, title: `with ${label}`, label },
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
      label: 'four servers',
      servers: 4,
      kill: 'ftp-server',
    },
    {
      ...without,
      name: 'gateway',
      number: 5,
      title: `as act 1, but HOST and PORT are those of a gateway, limit ${limit}`,
      label: 'act 1, gateway',
      isThroughGateway: true,
    },
  ];
}

/** What one act came to. */
export interface ActResult {
  readonly act: Act;
  /** Sessions that went from login to good-bye. */
  readonly sessionsServed: number;
  /** Logins, listings, uploads and downloads that succeeded. */
  readonly operations: number;
  /** Sessions that ended with an error; the client then began anew. */
  readonly failures: number;
  /** Clients that could not finish what they had begun. */
  readonly lost: number;
  readonly neverServed: number;
  /** Most connections of the FTP server's account that the database has counted. */
  readonly peakServerConnections: number;
  /** Most connections the pool has counted itself, those being opened included; 0 without a pool. */
  readonly peakPoolConnections: number;
  readonly bystanderOk: number;
  /** Failures while the database was up. */
  readonly bystanderFailed: number;
  readonly bystanderFailedInOutage: number;
  readonly bystanderError: string | undefined;
  readonly lastFailure: string | undefined;
  readonly uploads: number;
  /** Acknowledged uploads that the database does not have. */
  readonly uploadsMissing: number;
  /** Milliseconds until the other FTP servers had the connections of the one that was killed; undefined: not needed. */
  readonly takenOver: number | undefined;
  /** Milliseconds the database was away; 0 if it was not. */
  readonly outage: number;
  readonly ftpErrors: Readonly<Record<string, number>>;
}

/**
 * When the vendor's support of each release series ends. For MySQL this is the end of extended support, and for an
 * innovation release the date of the next release; for MariaDB the end of community maintenance. From the vendors' own
 * pages, as of 2026.
 */
const MYSQL: Readonly<Record<string, string>> = {
  '5.5': '2018-12-31',
  '5.6': '2021-02-28',
  '5.7': '2023-10-31',
  '8.0': '2026-04-30',
  '8.1': '2023-10-25',
  '8.2': '2023-12-14',
  '8.3': '2024-04-10',
  '8.4': '2032-04-30',
  '9.0': '2024-10-15',
  '9.1': '2025-01-21',
  '9.2': '2025-04-15',
  '9.3': '2025-07-22',
  '9.4': '2025-10-21',
  '9.5': '2026-01-20',
  '9.6': '2026-04-21',
};

const MARIADB: Readonly<Record<string, string>> = {
  '5.5': '2020-04-11',
  '10.0': '2019-03-31',
  '10.1': '2020-10-17',
  '10.2': '2022-05-23',
  '10.3': '2023-05-25',
  '10.4': '2024-06-18',
  '10.5': '2025-06-24',
  '10.6': '2026-07-06',
  '10.7': '2023-02-14',
  '10.8': '2023-05-20',
  '10.9': '2023-08-22',
  '10.10': '2023-11-17',
  '10.11': '2028-02-16',
  '11.4': '2029-05-29',
  '11.8': '2028-06-04',
};

/** The product and release series of a server, read from its version string. */
export interface ServerVersion {
  readonly product: 'MySQL' | 'MariaDB';
  /** Such as `10.11`. */
  readonly series: string;
  /** The date on which support ends, such as `2026-04-30`; undefined if the tables above do not have the series. */
  readonly supportedUntil: string | undefined;
}

/** Parses the result of `SELECT VERSION()`; undefined if it is no version. */
export function versionOf(text: string): ServerVersion | undefined {
  // Some MariaDB servers prefix their version with `5.5.5-`, for old clients.
  const [, major, minor] = /^(?:5\.5\.5-)?(\d+)\.(\d+)/.exec(text) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  const product = /mariadb/i.test(text) ? 'MariaDB' : 'MySQL';
  const series = `${major}.${minor}`;
  return { product, series, supportedUntil: (product === 'MariaDB' ? MARIADB : MYSQL)[series] };
}

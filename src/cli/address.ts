import { quoted } from './command-line.js';
import { UsageError } from './failure.js';

/** Where a monitor listens. The token is a secret: it goes into a header, and is never shown. */
export interface MonitorAddress {
  /** As people may see it: `http://127.0.0.1:9317/`. */
  readonly url: string;
  readonly token: string | undefined;
}

const EXPECTED = 'expected the address of a monitor, such as http://127.0.0.1:PORT, HOST:PORT or PORT';

/**
 * Reads an address as people write it. A token may be in it, as `?token=…`.
 * @param called what a message calls it
 * @throws UsageError that shows neither token nor password
 */
export function readAddress(text: string, token: string | undefined, called: string): MonitorAddress {
  const url = parse(text.trim());
  if (url === undefined || url.hostname === '') throw new UsageError(`${called}: ${EXPECTED}, got ${shown(text)}`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new UsageError(`${called}: ${EXPECTED}, got one that begins with "${url.protocol}"`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError(`${called}: a monitor has no user and no password, but a token: ?token=…`);
  }
  const own = url.searchParams.get('token');
  url.search = '';
  url.hash = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return { url: url.href, token: own === null || own === '' ? token : own };
}

function parse(text: string): URL | undefined {
  const full = /^\d+$/.test(text)
    ? `http://127.0.0.1:${text}`
    : /^[a-z][a-z\d+.-]*:\/\//i.test(text)
      ? text
      : `http://${text}`;
  try {
    return new URL(full);
  } catch {
    return undefined;
  }
}

/** What comes after a question mark or before an @ may be a secret. */
const shown = (text: string): string => quoted(text.replace(/\?.*$/s, '').replace(/^.*@/s, ''));

/** The one of the command line, else of `MYSQLPOOL_MONITOR`. @throws UsageError */
export function findAddress(operand: string | undefined, env: NodeJS.ProcessEnv): MonitorAddress {
  const { MYSQLPOOL_MONITOR: named = '', MYSQLPOOL_MONITOR_TOKEN: secret = '' } = env;
  const token = secret === '' ? undefined : secret;
  if (operand !== undefined) return readAddress(operand, token, 'URL');
  if (named !== '') return readAddress(named, token, 'MYSQLPOOL_MONITOR');
  throw new UsageError(
    'which monitor? Give its address (the url of startMonitor(); with node-mysqlpool/register the port in MYSQLPOOL_MONITOR), or set MYSQLPOOL_MONITOR',
  );
}

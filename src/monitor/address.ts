import { shown } from '../pool/index.js';
import { refuse } from './options.js';

/** The address of a monitor, and its token. @since 0.1.0 */
export interface MonitorAddress {
  /**
   * The `url` of `startMonitor`, with or without `?token=`; or `host:port`, or only the port of a monitor on this
   * machine.
   */
  readonly url: string;
  /** Used instead of the token in the URL. */
  readonly token?: string | undefined;
}

export interface ReadAddress {
  /** Ends with a slash and contains no token. */
  readonly url: URL;
  readonly token: string | undefined;
}

/** @throws MonitorOptionError, which does not show the token */
export function readAddress(address: string | MonitorAddress): ReadAddress {
  const whole = typeof address === 'object' && address !== null ? address : { url: address };
  const { url: text, token } = whole as { readonly url: unknown; readonly token?: unknown };
  if (typeof text !== 'string' || text.trim() === '') {
    refuse('url', `expected the address of a monitor, such as http://127.0.0.1:9339/, got ${shown(text)}`);
  }
  const url = urlOf(text.trim());
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    const secretless = text
      .trim()
      .replace(/\?.*$/s, '?…')
      .replace(/\/\/[^/]*@/, '//…@');
    refuse('url', `"${secretless}" is no address of a monitor; expected such as http://127.0.0.1:9339/`);
  }
  if (url.username !== '' || url.password !== '') {
    refuse('url', `a user and a password in the address of ${url.host} are of no use; give a token`);
  }
  const given = token ?? url.searchParams.get('token') ?? '';
  if (typeof given !== 'string' || !/^[!-~]*$/.test(given)) {
    refuse('token', `the token for ${url.host} is none: expected visible ASCII characters`);
  }
  url.search = '';
  url.hash = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return { url, token: given === '' ? undefined : given };
}

function urlOf(text: string): URL | undefined {
  const whole = /^\d+$/.test(text) ? `http://127.0.0.1:${text}/` : /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`;
  try {
    return new URL(whole);
  } catch {
    return undefined;
  }
}

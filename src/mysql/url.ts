import { PoolOptionError } from '../pool/index.js';

const SHAPE = 'mysql://user:password@host:port/database?option=value';

/**
 * Parses the options in a URL, percent-decoded. A value after `?` is parsed as JSON if it is valid JSON, otherwise it
 * is text.
 * @throws PoolOptionError, which never shows the URL, as it may contain a password
 */
export function parseUrl(text: string): Record<string, unknown> {
  const url = parse(text);
  if (url === undefined) {
    return refuse(`the URL cannot be parsed; expected ${SHAPE}, special characters in the password percent-encoded`);
  }
  if (url.protocol !== 'mysql:' && url.protocol !== 'mariadb:') {
    return refuse(`the URL begins with "${url.protocol}"; expected ${SHAPE}`);
  }
  if (!/^\s*\w+:\/\//.test(text)) {
    // Without "//", user, password and host would be taken for the name of the database, which error messages show.
    return refuse(`the URL has no "//" after "${url.protocol}"; expected ${SHAPE}`);
  }
  if (url.search.includes('@')) {
    // The text after the question mark may be the rest of the password.
    return refuse(
      'the URL has an "@" after its "?"; in a user name or password write "?" as %3F, in an option "@" as %40',
    );
  }
  const { hostname } = url;
  const options: Record<string, unknown> = {};
  set(options, 'host', hostname.startsWith('[') ? hostname.slice(1, -1) : hostname);
  set(options, 'user', url.username);
  set(options, 'password', url.password);
  set(options, 'database', url.pathname.slice(1));
  if (url.port !== '') options['port'] = Number(url.port);
  for (const [name, value] of url.searchParams) options[name] = valueOf(value);
  return options;
}

function set(options: Record<string, unknown>, name: string, encoded: string): void {
  if (encoded === '') return;
  try {
    options[name] = decodeURIComponent(encoded);
  } catch {
    refuse(`the ${name} in the URL is not percent-encoded correctly; a "%" itself is written %25`);
  }
}

function parse(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function refuse(message: string): never {
  throw new PoolOptionError('createPool', 'url', message);
}

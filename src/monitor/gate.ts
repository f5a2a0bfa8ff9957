import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback } from './options.js';

/** The parts of a request that decide on access. */
export interface Knock {
  readonly method: string;
  readonly path: string;
  /** The value of `?token=` in the URL. */
  readonly token: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** Why a request is refused. With status 401 no reason is given. */
export interface Refusal {
  readonly status: 401 | 403;
  readonly reason: string;
}

/**
 * Decides which requests are accepted. Without a token, the Host header must name this machine by a loopback name or by
 * the monitor's own address: a page of another site can have its own domain resolve to 127.0.0.1 (DNS rebinding), but
 * cannot change the Host header. Pages of other sites may neither read reports nor act on pools.
 */
export class Gate {
  readonly #host: string;
  readonly #token: string | undefined;
  readonly #cookie: { readonly name: string; readonly value: string } | undefined;

  /** @param port part of the cookie's name, since browsers send a host's cookies to all of its ports */
  constructor(host: string, port: number, token: string | undefined) {
    this.#host = host.toLowerCase();
    this.#token = token;
    if (token === undefined) return;
    // The cookie does not contain the token, since it is sent to other ports as well. Its value stays the same after a
    // restart, so that open pages go on working.
    const value = createHmac('sha256', token).update('mysqlpool monitor').digest('base64url');
    this.#cookie = { name: `mysqlpool-monitor-${port}`, value };
  }

  refusal({ method, path, token, headers }: Knock): Refusal | undefined {
    if (this.#token !== undefined) {
      if (!this.#isKnown(token, headers)) return { status: 401, reason: '' };
    } else if (!this.#isOurName(headers.host)) {
      return { status: 403, reason: 'without a token this monitor answers only to localhost and its own address' };
    }
    const isRead = method === 'GET' || method === 'HEAD';
    const isPage = isRead && !path.startsWith('/api/');
    if (!isPage && isFromElsewhere(headers)) return { status: 403, reason: 'other sites may not ask this monitor' };
    return undefined;
  }

  /**
   * The cookie for a browser that has opened the page with the right `?token=`. The browser sends it with the requests
   * for the rest of the page, which cannot contain the token.
   */
  cookieFor(token: string | undefined): string | undefined {
    if (this.#cookie === undefined || token === undefined || !isSame(token, this.#token!)) return undefined;
    return `${this.#cookie.name}=${this.#cookie.value}; Path=/; HttpOnly; SameSite=Strict`;
  }

  /** If the request contains a token, only the token counts, and not the cookie. */
  #isKnown(given: string | undefined, { authorization, cookie = '' }: IncomingHttpHeaders): boolean {
    const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    const token = authorization === undefined ? given : (bearer ?? '');
    if (token !== undefined) return isSame(token, this.#token!);
    const { name, value } = this.#cookie!;
    const brought = cookie.split('; ').find((pair) => pair.startsWith(`${name}=`));
    return brought !== undefined && isSame(brought.slice(name.length + 1), value);
  }

  #isOurName(header: string | undefined): boolean {
    const name = /^(\[[^\]]*\]|[^:]*)(?::\d*)?$/.exec(header ?? '')?.[1]?.toLowerCase() ?? '';
    return isLoopback(name) || name === this.#host || name === `[${this.#host}]`;
  }
}

/**
 * Whether a browser's headers say that the request comes from a page of another site. Other programs send none of them.
 */
function isFromElsewhere(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  // Pages cannot set this header. `none` means that the user has entered the address.
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin, host } = headers;
  if (origin === undefined) return false;
  return !/^https?:\/\//.test(origin) || origin.replace(/^https?:\/\//, '') !== host;
}

/** Compares two secrets in a time that does not depend on where they differ. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

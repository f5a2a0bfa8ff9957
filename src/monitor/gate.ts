import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback } from './options.js';

/** A request, as far as it matters for letting it in. */
export interface Knock {
  readonly method: string;
  readonly path: string;
  /** `?token=` */
  readonly token: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** Why somebody is not let in. With 401 no word is said. */
export interface Refusal {
  readonly status: 401 | 403;
  readonly reason: string;
}

/**
 * Decides who is let in. Without a token only who asks this machine by a name that is always its own: a page of the web
 * can have its own name lead to 127.0.0.1, but not change the name in the request. Other sites may neither read nor act.
 */
export class Gate {
  readonly #host: string;
  readonly #token: string | undefined;
  readonly #cookie: { readonly name: string; readonly value: string } | undefined;

  /** @param port names the cookie: browsers send the cookies of one port to all others of the host */
  constructor(host: string, port: number, token: string | undefined) {
    this.#host = host.toLowerCase();
    this.#token = token;
    if (token === undefined) return;
    // Not the token itself, for the same reason. It stays the same over restarts, so that open pages go on.
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

  /** What a browser that came with the right `?token=` brings for the rest of the page, which cannot carry one. */
  cookieFor(token: string | undefined): string | undefined {
    if (this.#cookie === undefined || token === undefined || !isSame(token, this.#token!)) return undefined;
    return `${this.#cookie.name}=${this.#cookie.value}; Path=/; HttpOnly; SameSite=Strict`;
  }

  /** A token that is given decides; the cookie counts only without one. */
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

/** Whether a browser says that a page of another site asks. Programs that are no browsers say nothing. */
function isFromElsewhere(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  // Not to be set by pages. `none`: typed into the address bar.
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin, host } = headers;
  if (origin === undefined) return false;
  return !/^https?:\/\//.test(origin) || origin.replace(/^https?:\/\//, '') !== host;
}

/** Takes the same time wherever they differ. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

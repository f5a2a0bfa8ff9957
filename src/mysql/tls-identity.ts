import { isIP } from 'node:net';

interface TlsOptions {
  readonly verifyIdentity?: unknown;
}

/** The members of a mysql2 connection, of any version, by which it starts TLS. */
interface StartingTls {
  readonly config: { readonly host?: unknown; ssl?: TlsOptions | false };
  readonly stream: { _host?: string; destroy(error: Error): unknown };
  startTLS(done: (error?: unknown) => void): void;
}

/**
 * Makes TLS compare the certificate with the host also if the host is an IP address. In that case mysql2 gives Node no
 * server name, and Node falls back to the host of the underlying socket, which has none, so it would look for
 * `localhost` in the certificate. A version of mysql2 that does not know `verifyIdentity` gets no connection with it.
 * @param connection a connection that has just begun to connect
 */
export function verifyIdentityOf(connection: object): void {
  const inside = connection as StartingTls;
  if (!inside.config.ssl) return;
  const startTLS = inside.startTLS.bind(inside);
  inside.startTLS = (done) => {
    const { config, stream } = inside;
    const { host, ssl } = config;
    if (!ssl || !ssl.verifyIdentity) return startTLS(done);
    if (typeof host === 'string' && isIP(host) !== 0) stream._host = host;
    const ours = oursOf(ssl);
    ours.isRead = false;
    config.ssl = ours.options;
    try {
      startTLS(done);
    } finally {
      config.ssl = ssl;
    }
    // Nothing but the first message of TLS has been sent: the login comes after it.
    if (!ours.isRead) stream.destroy(new Error(UNREAD));
  };
}

const UNREAD =
  'option "ssl.verifyIdentity": this version of mysql2 does not know it and would accept any host; update it';

interface Ours {
  readonly options: TlsOptions;
  /** Whether mysql2 has asked for `verifyIdentity`. */
  isRead: boolean;
}

const known = new WeakMap<object, Ours>();

/**
 * Options that are the same as the given ones, in an object that only connections with this check use. mysql2 keeps TLS
 * sessions for each such object, and the certificate of a resumed session is not compared again: a session of a
 * connection that the application has opened without this check must not be resumed.
 */
function oursOf(ssl: TlsOptions): Ours {
  let ours = known.get(ssl);
  if (ours === undefined) {
    const verifyIdentity = {
      get: (): unknown => {
        made.isRead = true;
        return ssl.verifyIdentity;
      },
    };
    const made: Ours = { options: Object.create(ssl, { verifyIdentity }) as TlsOptions, isRead: false };
    ours = made;
    known.set(ssl, ours);
  }
  return ours;
}

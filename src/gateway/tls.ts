import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP, type Socket } from 'node:net';
import { connect, createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import { FileContents } from './file-contents.js';

/** TLS towards clients. The files are read again when they change, for clients that connect from then on. */
export interface ClientTls {
  /** A file with the private key, in PEM. */
  readonly key: string;
  /** A file with the certificate, in PEM; further certificates of its chain may follow in it. */
  readonly cert: string;
  /** A file with the rest of the chain, in PEM. Clients that verify need all of it, with the authority's own. */
  readonly ca?: string | undefined;
}

/** TLS towards the server. The files are read again when they change. */
export interface ServerTls {
  /** A file with the certificate authorities to trust, in PEM. @default those that Node trusts */
  readonly ca?: string | undefined;
  /**
   * The name or address that the server's certificate must be for; false accepts any from these authorities.
   * @default the host
   */
  readonly identity?: string | false | undefined;
  /**
   * Whether the certificate must come from one of these authorities. False does not verify who the server is.
   * @default true
   */
  readonly rejectUnauthorized?: boolean | undefined;
  /** A file with the gateway's own certificate, in PEM, for servers that require one. Needs `key`. */
  readonly cert?: string | undefined;
  /** A file with the private key of `cert`, in PEM. */
  readonly key?: string | undefined;
}

/** A file cannot be used for TLS; `option` and `file` say which one. */
export class TlsFileError extends Error {
  override readonly name = 'TlsFileError';
  readonly option: string;
  readonly file: string;

  constructor(option: string, file: string, why: string) {
    super(`option "${option}": ${file} ${why}`);
    this.option = option;
    this.file = file;
  }
}

function readFile(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new TlsFileError(option, file, `cannot be read: ${(error as Error).message}`);
  }
}

function readCertificates(option: string, file: string): string {
  const text = readFile(option, file);
  const found = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) throw new TlsFileError(option, file, 'holds no certificate in PEM');
  for (const [index, pem] of found.entries()) {
    try {
      void new X509Certificate(pem);
    } catch {
      throw new TlsFileError(option, file, `holds text that is no certificate, the ${index + 1}. of ${found.length}`);
    }
  }
  return found.join('\n');
}

/** A certificate and the key that belongs to it. */
function readPair(
  at: string,
  { key, cert }: { readonly key: string; readonly cert: string },
): { key: string; cert: string } {
  const pem = readFile(`${at}.key`, key);
  const certificates = readCertificates(`${at}.cert`, cert);
  const privateKey = privateKeyIn(pem);
  if (privateKey === undefined)
    throw new TlsFileError(`${at}.key`, key, 'holds no private key in PEM, or an encrypted one');
  if (!new X509Certificate(certificates).checkPrivateKey(privateKey))
    throw new TlsFileError(`${at}.cert`, cert, `is not for the key in ${key}`);
  return { key: pem, cert: certificates };
}

function privateKeyIn(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    // The error of node:crypto is left out: it is about OpenSSL's decoders and helps nobody.
    return undefined;
  }
}

const given = (...files: readonly (string | undefined)[]): string[] => files.filter((file) => file !== undefined);

/** The key and the certificate for clients. */
export class ClientTlsContext {
  readonly #files: FileContents<SecureContext>;

  /**
   * @param at the name of the options in messages
   * @throws TlsFileError for a file that cannot be used
   */
  constructor(files: ClientTls, at = 'tls') {
    const { key, cert, ca } = files;
    this.#files = new FileContents(given(key, cert, ca), () => {
      const pair = readPair(at, files);
      // `ca` is appended to the certificate, since Node does not send certificates that are only given as `ca`.
      const chain = ca === undefined ? pair.cert : `${pair.cert}\n${readCertificates(`${at}.ca`, ca)}`;
      return createSecureContext({ key: pair.key, cert: chain });
    });
  }

  /** Why the present contents of the files are not used, but earlier ones; undefined if they are. */
  get failure(): Error | undefined {
    return this.#files.failure;
  }

  /** The context for a client that connects now. Looks for changes of the files once a second at most. */
  current(): SecureContext {
    return this.#files.current();
  }

  /** Reads the files at once. */
  reload(): void {
    this.#files.reload();
  }
}

/** By options object, so that the files are not read for each connection. */
const serverContexts = new WeakMap<ServerTls, FileContents<SecureContext>>();

/**
 * The context for connections to the server. The gateway calls it once at its start, so that unusable files are
 * reported then.
 * @throws TlsFileError for a file that cannot be used
 */
export function serverContext(tls: ServerTls, at = 'server.tls'): SecureContext {
  let files = serverContexts.get(tls);
  if (files === undefined) {
    const { ca, cert, key } = tls;
    files = new FileContents(given(ca, cert, key), () =>
      createSecureContext({
        ...(ca !== undefined && { ca: readCertificates(`${at}.ca`, ca) }),
        ...(cert !== undefined && key !== undefined && readPair(at, { key, cert })),
      }),
    );
    serverContexts.set(tls, files);
  }
  return files.current();
}

/**
 * Starts TLS on a client's connection, after its SSLRequest. Bytes that have arrived since are part of the TLS
 * handshake: the caller must have put them back with `socket.unshift`.
 */
export function secureClient(socket: Socket, context: SecureContext): Promise<TLSSocket> {
  // A flowing stream without listeners would lose the bytes that were put back.
  socket.pause();
  return whenSecure(new TLSSocket(socket, { isServer: true, secureContext: context }), 'secure');
}

const AUTHORITIES_OF_NODE: ServerTls = {};

/** Starts TLS on a connection to the server, after an SSLRequest was sent. */
export function secureServer(
  socket: Socket,
  { host = 'localhost', tls }: { readonly host?: string | undefined; readonly tls?: ServerTls | undefined },
): Promise<TLSSocket> {
  const { identity = host, rejectUnauthorized = true } = tls ?? {};
  const name = identity === false ? host : identity;
  socket.pause();
  const secure = connect({
    socket,
    host: name,
    // Server names in TLS (SNI) must not be IP addresses.
    servername: isIP(name) === 0 ? name : '',
    secureContext: serverContext(tls ?? AUTHORITIES_OF_NODE),
    rejectUnauthorized,
    ...(identity === false && { checkServerIdentity: () => undefined }),
  });
  return whenSecure(secure, 'secureConnect');
}

function whenSecure(socket: TLSSocket, event: 'secure' | 'secureConnect'): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secured = (): void => {
      settle();
      resolve(socket);
    };
    const failed = (error?: Error): void => {
      settle();
      // Further errors of the socket are ignored: the first one is reported.
      socket.on('error', () => undefined);
      socket.destroy();
      reject(error ?? new Error('the connection was closed during the TLS handshake'));
    };
    const closed = (): void => failed();
    const settle = (): void => {
      socket.off(event, secured).off('error', failed).off('_tlsError', failed).off('close', closed);
    };
    // On the server's side, a failed handshake is reported by `_tlsError` instead of `error`.
    socket.once(event, secured).once('error', failed).once('_tlsError', failed).once('close', closed);
  });
}

import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP, type Socket } from 'node:net';
import { connect, createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import { FileContents } from './file-contents.js';

/** TLS towards clients. The files are read again when they change, and serve those who connect from then on. */
export interface ClientTls {
  /** A file with the private key, in PEM. */
  readonly key: string;
  /** A file with the certificate, in PEM; the chain up to the authority may follow in it. */
  readonly cert: string;
  /** A file with what is missing of the chain, in PEM. Clients that verify want all of it, also the authority's own. */
  readonly ca?: string | undefined;
}

/** TLS towards the server. The files are read again when they change. */
export interface ServerTls {
  /** A file with the authorities that the server's certificate may come from, in PEM. @default those that Node knows */
  readonly ca?: string | undefined;
  /** The name or address that the certificate must be for; false: any of these authorities. @default the host */
  readonly identity?: string | false | undefined;
  /** Whether the certificate must come from one of these authorities. Without it nobody knows who answers. @default true */
  readonly rejectUnauthorized?: boolean | undefined;
  /** Files with a certificate of our own and its private key, in PEM, for servers that ask for one. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** A file cannot be used for TLS; `option` and `file` name it. */
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
    // What node:crypto says of it is about its decoders.
    return undefined;
  }
}

const given = (...files: readonly (string | undefined)[]): string[] => files.filter((file) => file !== undefined);

/** The certificate that clients are shown. */
export class ClientTlsContext {
  readonly #files: FileContents<SecureContext>;

  /**
   * @param at what the options are called in messages
   * @throws TlsFileError naming the file that cannot be used
   */
  constructor(files: ClientTls, at = 'tls') {
    const { key, cert, ca } = files;
    this.#files = new FileContents(given(key, cert, ca), () => {
      const pair = readPair(at, files);
      // The whole chain is sent: what is only known as an authority stays here.
      const chain = ca === undefined ? pair.cert : `${pair.cert}\n${readCertificates(`${at}.ca`, ca)}`;
      return createSecureContext({ key: pair.key, cert: chain });
    });
  }

  /** Why the files as they are now are not used, but what was in them before; undefined: they are. */
  get failure(): Error | undefined {
    return this.#files.failure;
  }

  /** For a client that connects now. The files are looked at once a second at most. */
  current(): SecureContext {
    return this.#files.current();
  }

  /** Reads the files at once, as on a signal. */
  reload(): void {
    this.#files.reload();
  }
}

/** What each options object amounts to: it is read once, and not for each connection. */
const serverContexts = new WeakMap<ServerTls, FileContents<SecureContext>>();

/** @throws TlsFileError naming the file that cannot be used; it is called once before it matters, to tell early */
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

/** Makes a client's connection TLS, after its SSLRequest. What it has sent since belongs to TLS: `socket.unshift` it before. */
export function secureClient(socket: Socket, context: SecureContext): Promise<TLSSocket> {
  // One that flows, and has nobody who listens, would lose what was put back.
  socket.pause();
  return whenSecure(new TLSSocket(socket, { isServer: true, secureContext: context }), 'secure');
}

const AUTHORITIES_OF_NODE: ServerTls = {};

/** Makes a connection to the server TLS, after our SSLRequest. */
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
    // An address is not to be sent as a name.
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
      // Whatever else comes of it is of no interest.
      socket.on('error', () => undefined);
      socket.destroy();
      reject(error ?? new Error('the connection was closed during the TLS handshake'));
    };
    const closed = (): void => failed();
    const settle = (): void => {
      socket.off(event, secured).off('error', failed).off('_tlsError', failed).off('close', closed);
    };
    // A socket that is the server's side tells of a failed handshake in an event of its own.
    socket.once(event, secured).once('error', failed).once('_tlsError', failed).once('close', closed);
  });
}

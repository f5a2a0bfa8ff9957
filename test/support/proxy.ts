import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { ProxiedConnection } from './proxied-connection.js';
import type { ProxyState } from './proxied-connection.js';

export interface ProxyOptions {
  readonly target: { readonly host: string; readonly port: number };
}

/** Starts a TCP proxy on a free port of 127.0.0.1 that forwards every connection to the target. */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const proxy = new Proxy(options);
  await proxy.accept();
  return proxy;
}

/** A TCP proxy that causes network faults between a client and a server. All times are in milliseconds. */
export class Proxy implements AsyncDisposable {
  readonly host = '127.0.0.1';
  #target: ProxyOptions['target'];
  readonly #open = new Set<ProxiedConnection>();
  readonly #state: ProxyState = {
    delay: 0,
    lossy: undefined,
    lost: 0,
    bytesPerSecond: Infinity,
    toTarget: 0,
    toClient: 0,
  };
  #server: Server | undefined;
  #port = 0;
  #accepted = 0;
  #held = 0;
  #most = 0;
  #isSilent = false;

  constructor(options: ProxyOptions) {
    this.#target = options.target;
  }

  /** The same port even after `refuse` and `accept`. */
  get port(): number {
    return this.#port;
  }

  /** How many connections are open now. */
  get connections(): number {
    return this.#open.size;
  }

  /** How many connections have been accepted since the start. */
  get accepted(): number {
    return this.#accepted;
  }

  /**
   * The peak of open connections, each counted until either side ends it: a server may count one for a moment longer.
   */
  get most(): number {
    return this.#most;
  }

  /** How many bytes were forwarded; bytes that were swallowed do not count. */
  get bytes(): { readonly toTarget: number; readonly toClient: number } {
    return { toTarget: this.#state.toTarget, toClient: this.#state.toClient };
  }

  /** How many pieces were lost because of `lose`. */
  get lost(): number {
    return this.#state.lost;
  }

  /** The URL with the proxy's host and port. */
  url(base: string): string {
    const url = new URL(base);
    url.hostname = this.host;
    url.port = String(this.#port);
    return url.href;
  }

  /**
   * Forwards new connections to another server, as a load balancer or a failover does; open ones stay where they are.
   */
  leadTo(target: ProxyOptions['target']): void {
    this.#target = target;
  }

  /** Resets every open connection on both sides (RST). New ones are accepted. */
  cut(): void {
    for (const connection of this.#open) connection.reset();
  }

  /** Sends FIN to every client, as a server does that closes the connection. What clients send is still forwarded. */
  halfClose(): void {
    for (const connection of this.#open) connection.endClientSide();
  }

  /**
   * Drops all further bytes and FINs of the open connections, for good; they count as open until `cut` or `close`.
   * Until `heal`, new connections are accepted but get no answer.
   */
  blackhole(): void {
    this.#isSilent = true;
    for (const connection of this.#open) connection.swallow();
  }

  /** Loses whatever a client sends that contains the text; everything else is forwarded. Undefined ends that. */
  lose(text: string | undefined): void {
    this.#state.lossy = text;
  }

  /** New connections work again, without delay and at full speed. Black-holed connections stay dead. */
  heal(): void {
    this.#isSilent = false;
    this.delay(0);
    this.throttle(Infinity);
  }

  /** Delays all data by so many ms, in both directions, on open connections too. 0 ends the delay. */
  delay(ms: number): void {
    this.#state.delay = ms;
  }

  /**
   * Limits each direction of each connection to so many bytes a second, sent in small chunks. Infinity ends the limit.
   */
  throttle(bytesPerSecond: number): void {
    if (!(bytesPerSecond > 0)) throw new RangeError(`bytesPerSecond must be above 0, got ${bytesPerSecond}`);
    this.#state.bytesPerSecond = bytesPerSecond;
  }

  /** New connections are refused; open ones stay. */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    // The listening socket is closed at once. The 'close' event comes only after the last connection: not awaited.
    server?.close();
    await new Promise(setImmediate);
  }

  /** Listens again, on the same port. */
  async accept(): Promise<void> {
    if (this.#server) return;
    const server = createServer({ allowHalfOpen: true }, (client) => this.#take(client));
    this.#server = server;
    server.listen(this.#port, this.host);
    await once(server, 'listening');
    const address = server.address();
    if (address !== null && typeof address === 'object') this.#port = address.port;
  }

  /** Stops listening and resets what is open. */
  async close(): Promise<void> {
    await this.refuse();
    const closed = [...this.#open].map((connection) => connection.closed);
    this.cut();
    await Promise.all(closed);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #take(client: Socket): void {
    const { host, port } = this.#target;
    this.#accepted++;
    this.#most = Math.max(this.#most, ++this.#held);
    const target = this.#isSilent ? undefined : createConnection({ host, port, allowHalfOpen: true });
    const connection = new ProxiedConnection(client, target, this.#state);
    this.#open.add(connection);
    const ends = [client, ...(target ? [target] : [])].flatMap((end) => [once(end, 'end'), once(end, 'close')]);
    Promise.race(ends)
      .catch(() => undefined)
      .finally(() => this.#held--);
    void connection.closed.then(() => this.#open.delete(connection));
  }
}

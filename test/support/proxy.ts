import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { ProxiedConnection } from './proxied-connection.js';
import type { ProxyState } from './proxied-connection.js';

export interface ProxyOptions {
  readonly target: { readonly host: string; readonly port: number };
}

/** Starts a TCP proxy on a free port of 127.0.0.1 that hands every connection on to the target until told otherwise. */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const proxy = new Proxy(options);
  await proxy.accept();
  return proxy;
}

/** Stands between a client and a server and does to their connections what networks do. All times in milliseconds. */
export class Proxy implements AsyncDisposable {
  readonly host = '127.0.0.1';
  #target: ProxyOptions['target'];
  readonly #open = new Set<ProxiedConnection>();
  readonly #state: ProxyState = { delay: 0, bytesPerSecond: Infinity, toTarget: 0, toClient: 0 };
  #server: Server | undefined;
  #port = 0;
  #accepted = 0;
  #held = 0;
  #most = 0;
  #isSilent = false;

  constructor(options: ProxyOptions) {
    this.#target = options.target;
  }

  /** Stays the same when the proxy refuses and accepts again. */
  get port(): number {
    return this.#port;
  }

  /** How many connections are open now. */
  get connections(): number {
    return this.#open.size;
  }

  /** How many have been accepted since the start. */
  get accepted(): number {
    return this.#accepted;
  }

  /** The most that were held at once, each until one side ended it: what a server counts goes on for a moment longer. */
  get most(): number {
    return this.#most;
  }

  /** How many bytes were handed on; swallowed ones do not count. */
  get bytes(): { readonly toTarget: number; readonly toClient: number } {
    return { toTarget: this.#state.toTarget, toClient: this.#state.toClient };
  }

  /** The same URL by way of the proxy. */
  url(base: string): string {
    const url = new URL(base);
    url.hostname = this.host;
    url.port = String(this.#port);
    return url.href;
  }

  /** New connections lead to another server, as behind a balancer or after a failover; open ones stay where they are. */
  leadTo(target: ProxyOptions['target']): void {
    this.#target = target;
  }

  /** Resets every open connection on both sides (RST). New ones are accepted. */
  cut(): void {
    for (const connection of this.#open) connection.reset();
  }

  /** Sends every client the end of the stream (FIN), as from a server that closes. What clients send still arrives. */
  halfClose(): void {
    for (const connection of this.#open) connection.endClientSide();
  }

  /**
   * Swallows all bytes of all open connections for good, ends of streams included: they count as open until `cut` or
   * `close`. New connections are accepted without a word, until `heal`.
   */
  blackhole(): void {
    this.#isSilent = true;
    for (const connection of this.#open) connection.swallow();
  }

  /** New connections work again, with no delay and at full speed. Those that were black-holed stay dead. */
  heal(): void {
    this.#isSilent = false;
    this.delay(0);
    this.throttle(Infinity);
  }

  /** Everything arrives this much later, in both directions, in open connections too. 0 ends it. */
  delay(ms: number): void {
    this.#state.delay = ms;
  }

  /** Each direction of each connection carries at most so many bytes a second, in small pieces. Infinity ends it. */
  throttle(bytesPerSecond: number): void {
    if (!(bytesPerSecond > 0)) throw new RangeError(`bytesPerSecond must be above 0, got ${bytesPerSecond}`);
    this.#state.bytesPerSecond = bytesPerSecond;
  }

  /** New connections are refused; open ones stay. */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    // The listener is closed at once; the event comes only after the last open connection, so it is not waited for.
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

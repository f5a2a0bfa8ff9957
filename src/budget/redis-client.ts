import { createHash } from 'node:crypto';
import { checks, messageOf, PoolOptionError, type Check } from '../pool/index.js';

/**
 * What a coordinator needs of a Redis or Valkey client. Clients of `redis` (node-redis 4 and later) and `ioredis` need
 * no adapter; any other client takes part by an object with these methods.
 * @since 0.1.0
 */
export interface RedisPort {
  /** Runs a Lua script. Returns the script's reply, a list of whole numbers, or a promise of it. */
  eval(script: string, keys: string[], args: string[]): unknown;
  /**
   * Subscribes to a channel, on a connection of its own. Returns a function that ends the subscription, or a promise of
   * it. Without this method, processes learn of each other's waiters only at their next heartbeat, once a second.
   */
  subscribe?(channel: string, listener: (message: string) => void): (() => unknown) | Promise<() => unknown>;
}

interface Emitter {
  on(event: string, listener: (...given: string[]) => void): unknown;
}

/** The parts of node-redis 4, 5 and 6 that we call. */
interface NodeRedis extends Emitter {
  eval(script: string, given: { keys: string[]; arguments: string[] }): Promise<unknown>;
  evalSha(hash: string, given: { keys: string[]; arguments: string[] }): Promise<unknown>;
  duplicate(): NodeRedis;
  connect(): Promise<unknown>;
  unref?(): void;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  /** In node-redis 5 and later. */
  destroy?(): void;
  /** Before node-redis 5. */
  disconnect?(): Promise<unknown>;
}

/** The parts of ioredis that we call. */
interface IoRedis extends Emitter {
  readonly isCluster?: boolean;
  readonly stream?: { unref?(): void };
  eval(script: string, keys: number, ...given: string[]): Promise<unknown>;
  evalsha(hash: string, keys: number, ...given: string[]): Promise<unknown>;
  duplicate(options: { lazyConnect: boolean }): IoRedis;
  connect(): Promise<unknown>;
  subscribe(channel: string): Promise<unknown>;
  disconnect(): void;
}

const has = (client: object, ...names: string[]): boolean =>
  names.every((name) => typeof (client as Record<string, unknown>)[name] === 'function');

const isIoRedis = (client: object): client is IoRedis => has(client, 'eval', 'evalsha', 'defineCommand');
const isNodeRedis = (client: object): client is NodeRedis => has(client, 'eval', 'evalSha');
/** node-redis 3 and earlier take callbacks and return no promise, so that no reply would ever be seen. */
const isOldNodeRedis = (client: object): boolean => has(client, 'eval', 'evalsha', 'send_command');

const CLIENT: Check = [
  'a client of redis (node-redis 4 or later) or ioredis, or an object with eval(script, keys, args)',
  (value) =>
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    (isIoRedis(value) || isNodeRedis(value) || (has(value, 'eval') && !isOldNodeRedis(value))),
];

// One port per client, so that coordinators of the same client are equal: see `RedisCoordinator`.
const ports = new WeakMap<object, RedisPort>();

/**
 * The port of a client of any supported kind; always the same one for the same client. Clients are recognized by their
 * methods, so that no Redis package is imported.
 * @throws PoolOptionError when `client` is no supported client
 */
export function redisPort(client: unknown): RedisPort {
  if (!CLIENT[1](client))
    throw new PoolOptionError('redisCoordinator', 'client', checks.faultOfValue('client', client, CLIENT));
  const given = client as object;
  const port = ports.get(given) ?? portOf(given);
  ports.set(given, port);
  return port;
}

function portOf(client: object): RedisPort {
  if (isIoRedis(client)) return ioRedisPort(client);
  if (isNodeRedis(client)) return nodeRedisPort(client);
  return client as RedisPort;
}

/** Runs a script by its SHA-1, and by its text only when the server does not know it yet (NOSCRIPT). */
function byHash(
  run: (hash: string, keys: string[], args: string[]) => Promise<unknown>,
  load: (script: string, keys: string[], args: string[]) => Promise<unknown>,
): RedisPort['eval'] {
  const hashes = new Map<string, string>();
  return async (script, keys, args) => {
    let hash = hashes.get(script);
    if (hash === undefined) hashes.set(script, (hash = createHash('sha1').update(script).digest('hex')));
    try {
      return await run(hash, keys, args);
    } catch (error) {
      if (!messageOf(error).startsWith('NOSCRIPT')) throw error;
      return load(script, keys, args);
    }
  };
}

const ignore = (): void => undefined;

function nodeRedisPort(client: NodeRedis): RedisPort {
  const port: RedisPort = {
    eval: byHash(
      (hash, keys, args) => client.evalSha(hash, { keys, arguments: args }),
      (script, keys, args) => client.eval(script, { keys, arguments: args }),
    ),
  };
  // A cluster, or a pool of clients, has no `unref`: its subscription would keep the process alive.
  if (!has(client, 'duplicate', 'unref')) return port;
  port.subscribe = async (channel, listener) => {
    const own = client.duplicate();
    const end = (): unknown => (own.destroy === undefined ? own.disconnect?.().catch(ignore) : own.destroy());
    own.on('error', ignore);
    try {
      await own.connect();
      own.unref?.();
      await own.subscribe(channel, (message) => listener(message));
    } catch (error) {
      end();
      throw error;
    }
    return end;
  };
  return port;
}

function ioRedisPort(client: IoRedis): RedisPort {
  const port: RedisPort = {
    eval: byHash(
      (hash, keys, args) => client.evalsha(hash, keys.length, ...keys, ...args),
      (script, keys, args) => client.eval(script, keys.length, ...keys, ...args),
    ),
  };
  if (client.isCluster === true || !has(client, 'duplicate')) return port;
  port.subscribe = async (channel, listener) => {
    const own = client.duplicate({ lazyConnect: true });
    own.on('error', ignore);
    own.on('connect', () => own.stream?.unref?.());
    own.on('message', (_channel, message = '') => listener(message));
    try {
      await own.connect();
      await own.subscribe(channel);
    } catch (error) {
      own.disconnect();
      throw error;
    }
    return () => own.disconnect();
  };
  return port;
}

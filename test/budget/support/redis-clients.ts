import { createRequire } from 'node:module';

/** A Redis client as an application would create it, with the operations that tests need. */
export interface TestClient {
  readonly client: unknown;
  /** Whether a coordinator can subscribe to channels with this client. */
  readonly canListen: boolean;
  readonly run: (...words: string[]) => Promise<unknown>;
  /** The ids of the processes that have an entry in a fleet's hash. */
  lines(key: string): Promise<string[]>;
  listeners(channel: string): Promise<number>;
  readonly close: () => Promise<void>;
}

interface Login {
  readonly username?: string;
  readonly password?: string;
}

interface NodeRedis {
  on(event: string, listener: () => void): unknown;
  connect(): Promise<unknown>;
  sendCommand(words: string[]): Promise<unknown>;
  quit(): Promise<unknown>;
}
interface IoRedis {
  on(event: string, listener: () => void): unknown;
  connect(): Promise<unknown>;
  call(...words: string[]): Promise<unknown>;
  disconnect(): void;
}
interface NodeRedisPackage {
  createClient(options: object): NodeRedis;
  createCluster(options: object): NodeRedis;
}
interface IoRedisPackage {
  Redis: (new (options: object) => IoRedis) & { Cluster: new (nodes: object[], options: object) => IoRedis };
}

const load = createRequire(__filename);
// Loaded without their own types: every build of the tests would check those of four versions, for a few calls only.
const nodeRedis = (name: string): NodeRedisPackage => load(name) as NodeRedisPackage;
const ioRedis = (name: string): IoRedisPackage => load(name) as IoRedisPackage;

const ignore = (): void => undefined;

function testClient(
  client: unknown,
  canListen: boolean,
  run: (...words: string[]) => Promise<unknown>,
  close: () => Promise<void>,
): TestClient {
  return {
    client,
    canListen,
    run,
    lines: async (key) => (await run('HKEYS', key)) as string[],
    listeners: async (channel) => Number(((await run('PUBSUB', 'NUMSUB', channel)) as unknown[])[1]),
    close,
  };
}

async function nodeRedisClient(client: NodeRedis, canListen: boolean): Promise<TestClient> {
  client.on('error', ignore);
  await client.connect();
  const close = async (): Promise<void> => {
    await client.quit();
  };
  return testClient(client, canListen, (...words) => client.sendCommand(words), close);
}

async function ioRedisClient(client: IoRedis, canListen: boolean): Promise<TestClient> {
  client.on('error', ignore);
  await client.connect();
  const close = (): Promise<void> => Promise.resolve(client.disconnect());
  return testClient(client, canListen, (...words) => client.call(...words), close);
}

type Connect = (port: number, login?: Login) => Promise<TestClient>;

const byNodeRedis =
  (name: string): Connect =>
  (port, login = {}) => {
    const socket = { host: '127.0.0.1', port, reconnectStrategy: 20 };
    return nodeRedisClient(nodeRedis(name).createClient({ socket, ...login }), true);
  };

const byIoRedis =
  (name: string): Connect =>
  (port, login = {}) => {
    const { Redis } = ioRedis(name);
    const options = { host: '127.0.0.1', port, lazyConnect: true, retryStrategy: () => 20, ...login };
    return ioRedisClient(new Redis(options), true);
  };

/** An adapter as a user writes one for a client that we do not know; this one cannot subscribe to channels. */
const byPort: Connect = async (port, login) => {
  const { client, run, close } = await byIoRedis('ioredis')(port, login);
  const eval_ = (script: string, keys: string[], args: string[]): Promise<unknown> =>
    (client as IoRedis).call('EVAL', script, String(keys.length), ...keys, ...args);
  return testClient({ eval: eval_ }, false, run, close);
};

export const CLIENTS: Readonly<Record<string, Connect>> = {
  'redis 6': byNodeRedis('redis'),
  'redis 4': byNodeRedis('redis-4'),
  'ioredis 5': byIoRedis('ioredis'),
  'ioredis 6': byIoRedis('ioredis-6'),
  'a port of its own': byPort,
};

/** A client of a Redis cluster with one node. */
export function rawClient(kind: 'redis 6' | 'ioredis 5'): { cluster(port: number): Promise<TestClient> } {
  return {
    cluster(port) {
      if (kind === 'ioredis 5') {
        const { Cluster } = ioRedis('ioredis').Redis;
        return ioRedisClient(new Cluster([{ host: '127.0.0.1', port }], { lazyConnect: true }), false);
      }
      const rootNodes = [{ url: `redis://127.0.0.1:${port}` }];
      return nodeRedisClient(nodeRedis('redis').createCluster({ rootNodes }), false);
    },
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import { startProxy, type Proxy } from '../../support/proxy.js';
import { until } from '../../support/until.js';
import { SHORT, type Open, type OpenDoor, type Place } from './door.js';

/** The servers of one kind: one that works, and one with no connection left. */
export interface Places {
  readonly good: Place;
  readonly crowded: Place;
}

/** What came of a statement, and how long it took. */
export interface Raised {
  readonly error: unknown;
  readonly ms: number;
}

/** A failure that programs meet. */
export interface Situation {
  readonly title: string;
  /** What a message contains that says why. */
  readonly why: RegExp;
  /** Whether a server has a part in it, so that the kind of the server may make a difference. */
  readonly isServers: boolean;
  raise(open: Open, places: Places): Promise<Raised>;
}

/** Stands for an error that never came. */
export const NO_END: unique symbol = Symbol('no end');

// In ms. What comes at once has all the time that a busy machine may take; what has to be waited for takes long enough for
// a failure to be known by then; and whoever has a limit has said so long before we take it that there is none.
const LONG_ENOUGH = 2 * SHORT;
const FOR_EVER = 4 * SHORT;
const AT_ONCE = 60_000;
const LONG = 'SELECT SLEEP(20)';

async function raisedBy(work: () => Promise<unknown>, limit: number = AT_ONCE): Promise<Raised> {
  const began = performance.now();
  const ended = work().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const giveUp = new AbortController();
  const noEnd = sleep(limit, NO_END, { signal: giveUp.signal }).catch(() => undefined);
  const error: unknown = await Promise.race([ended, noEnd]);
  giveUp.abort();
  return { error, ms: performance.now() - began };
}

/** Opens an ORM there and sends the first statement. */
async function first(open: Open, place: Place, acquire: number = AT_ONCE): Promise<Raised> {
  let door: OpenDoor | undefined;
  const raised = await raisedBy(async () => {
    door = await open(place, 2, acquire);
    await door.query('SELECT 1');
  });
  await closed(door);
  return raised;
}

/** Some cannot close what was never open. */
async function closed(door: OpenDoor | undefined): Promise<void> {
  await raisedBy(async () => door?.close(), FOR_EVER);
}

/** Has an ORM that works, behind a proxy. */
async function behindProxy(
  open: Open,
  { good }: Places,
  max: number,
  acquire: number,
  work: (door: OpenDoor, proxy: Proxy) => Promise<Raised>,
): Promise<Raised> {
  const proxy = await startProxy({ target: good });
  const door = await open({ ...good, host: proxy.host, port: proxy.port }, max, acquire);
  try {
    await until(() => door.query('SELECT 1').then(() => true));
    return await work(door, proxy);
  } finally {
    await proxy.close();
    await closed(door);
  }
}

/** Waits until a statement that `work` sends has arrived. */
async function sent(proxy: Proxy, work: () => void): Promise<void> {
  const before = proxy.bytes.toTarget;
  work();
  await until(() => proxy.bytes.toTarget >= before + LONG.length);
}

export const SITUATIONS: readonly Situation[] = [
  {
    title: 'No server answers at the address',
    why: /ECONNREFUSED|can't reach database server at/i,
    isServers: false,
    raise: (open, { good }) => first(open, { ...good, port: 1 }),
  },
  {
    title: 'The host name does not exist',
    why: /ENOTFOUND|can't reach database server at/i,
    isServers: false,
    // No such name can exist, so that nobody is asked for it.
    raise: (open, { good }) => first(open, { ...good, host: 'no..host' }),
  },
  {
    title: 'Wrong password',
    why: /access denied|authentication failed/i,
    isServers: true,
    raise: (open, { good }) => first(open, { ...good, password: 'wrong' }),
  },
  {
    title: 'Unknown database',
    why: /unknown database|does not exist/i,
    isServers: true,
    raise: (open, { good }) => first(open, { ...good, database: `${good.database}_not_there` }),
  },
  {
    title: 'The server has no connection left',
    why: /too many( database)? connections/i,
    isServers: true,
    raise: (open, { crowded }) => first(open, crowded, LONG_ENOUGH),
  },
  {
    title: 'The server goes away between two statements',
    why: /ECONNREFUSED|can't reach database server at/i,
    isServers: true,
    raise: (open, places) =>
      behindProxy(open, places, 2, LONG_ENOUGH, async (door, proxy) => {
        await proxy.close();
        await sleep(50);
        return raisedBy(() => door.query('SELECT 1'));
      }),
  },
  {
    title: 'The server goes away during a statement',
    why: /connection lost|closed the connection|connection .*(lost|closed)|socket has unexpectedly been closed/i,
    isServers: true,
    raise: (open, places) =>
      behindProxy(open, places, 2, AT_ONCE, async (door, proxy) => {
        let lost: Promise<Raised> | undefined;
        await sent(proxy, () => void (lost = raisedBy(() => door.query(LONG))));
        await proxy.refuse();
        proxy.halfClose();
        return lost!;
      }),
  },
  {
    title: 'All connections are in use',
    why: /timeout|time-out|timed out|no connection within/i,
    isServers: true,
    raise: (open, places) =>
      behindProxy(open, places, 1, SHORT, async (door, proxy) => {
        await sent(proxy, () => void door.query(LONG).catch(() => undefined));
        return raisedBy(() => door.query('SELECT 1'), FOR_EVER);
      }),
  },
];

import { didYouMean, type CloseReason, type PoolEventName, type PoolEvents } from '../pool/index.js';
import type { MysqlPool } from '../api/index.js';
import { hookOfParts } from '../mysql/connect-hook.js';
import { inHook } from '../mysql/hooks.js';
import type { MysqlConnection } from '../mysql/driver.js';
import type { ConnectListener, PoolEventListeners } from './types.js';
import { below, expected, listAt, objectAt, refuse } from './values.js';

type EventName = keyof PoolEventListeners;
type AnyListener = (event: never) => unknown;

/** Listeners of SQLAlchemy's events, grouped by how they are called here. */
export interface Listeners {
  readonly connect: readonly ConnectListener[];
  readonly firstConnect: readonly ConnectListener[];
  readonly others: readonly { readonly event: EventName; readonly listener: AnyListener }[];
}

const INVALID: readonly CloseReason[] = ['dead', 'destroyed', 'unclean'];

/** For each event of SQLAlchemy: the engine's event, and for `closed` the reasons that count. */
const ENGINE_EVENTS: Readonly<
  Record<Exclude<EventName, 'connect' | 'first_connect'>, readonly [PoolEventName, ((reason: CloseReason) => boolean)?]>
> = {
  checkout: ['acquired'],
  checkin: ['released'],
  reset: ['cleaned'],
  close: ['closed', (reason) => reason !== 'detached'],
  invalidate: ['closed', (reason) => INVALID.includes(reason)],
  detach: ['closed', (reason) => reason === 'detached'],
};

const EVENT_NAMES = ['connect', 'first_connect', ...Object.keys(ENGINE_EVENTS)] as EventName[];

const INSTEAD: Readonly<Record<string, string>> = {
  soft_invalidate: 'the engine has no such event; "close" comes when the connection is closed',
  close_detached: 'the engine does not see a connection again after it was detached',
};

/** Reads `listeners` of SQLAlchemy 0.7 and `events` of 2.x. @throws SettingsError */
export function readListeners(path: string, listeners: unknown, events: unknown): Listeners {
  const sorted = {
    connect: [] as ConnectListener[],
    firstConnect: [] as ConnectListener[],
    others: [] as Listeners['others'][number][],
  };
  const add = (at: string, event: string, listener: unknown): void => {
    if (typeof listener !== 'function') expected(at, 'a function', listener);
    if (event === 'connect') sorted.connect.push(listener as ConnectListener);
    else if (event === 'first_connect') sorted.firstConnect.push(listener as ConnectListener);
    else if (EVENT_NAMES.includes(event as EventName))
      sorted.others.push({ event: event as EventName, listener: listener as AnyListener });
    else
      refuse(
        at,
        Object.hasOwn(INSTEAD, event) ? INSTEAD[event]! : `unknown event "${event}"${didYouMean(event, EVENT_NAMES)}`,
      );
  };
  const old = below(path, 'listeners');
  for (const [i, value] of listAt(old, listeners ?? []).entries())
    addObject(`${old}[${i}]`, objectAt(`${old}[${i}]`, value), add);
  const pairs = below(path, 'events');
  for (const [i, value] of listAt(pairs, events ?? []).entries()) {
    const at = `${pairs}[${i}]`;
    const [listener, event] = listAt(at, value);
    if (typeof event !== 'string') expected(at, 'a pair of a function and the name of an event', value);
    add(at, event, listener);
  }
  return sorted;
}

/**
 * Adds the methods of one object: a plain object of functions, or an instance of a class whose methods are named after
 * events.
 */
function addObject(at: string, value: object, add: (at: string, event: string, listener: unknown) => void): void {
  const object = value as Readonly<Record<string, unknown>>;
  const names =
    Object.getPrototypeOf(object) === Object.prototype
      ? Object.keys(object)
      : EVENT_NAMES.filter((name) => name in object);
  if (names.length === 0) refuse(at, `expected methods named after events: ${EVENT_NAMES.join(', ')}`);
  for (const name of names) {
    const listener = object[name];
    add(below(at, name), name, typeof listener === 'function' ? listener.bind(object) : listener);
  }
}

/** Subscribes the listeners to the events of the pool. */
export function listenTo(pool: MysqlPool, { others }: Listeners): void {
  for (const { event, listener } of others) {
    const [name, fits] = ENGINE_EVENTS[event as keyof typeof ENGINE_EVENTS];
    const hear = listener as (event: PoolEvents[PoolEventName]) => void;
    pool.on(name, (told: PoolEvents[PoolEventName]) => {
      if (fits === undefined || fits((told as PoolEvents['closed']).reason)) hear(told);
    });
  }
}

/**
 * Combines the `connect` and `first_connect` listeners into one hook that runs them one after the other on a new
 * connection; undefined when there are none.
 */
export function connectHook({ connect, firstConnect }: Listeners): ConnectListener | undefined {
  if (connect.length + firstConnect.length === 0) return undefined;
  let first = true;
  const tell = (event: string, listener: ConnectListener, connection: MysqlConnection): Promise<unknown> =>
    inHook(`listener of ${event}`, connection, () => listener(connection));
  return hookOfParts(async (connection: MysqlConnection) => {
    if (first) for (const listener of firstConnect) await tell('first_connect', listener, connection);
    // Set only now: if a first_connect listener fails, the connection fails as well, and the next connection is the
    // first.
    first = false;
    for (const listener of connect) await tell('connect', listener, connection);
  });
}

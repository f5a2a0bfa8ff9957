import type { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { isDialling } from '../mysql/dialling.js';
import { withTlsChecks } from '../mysql/tls-checks.js';
import { rawConnections, type Ticket } from './raw-connections.js';
import { processSettings } from './process-limit.js';

interface Config {
  stream?: unknown;
  readonly isServer?: unknown;
  readonly socketPath?: string;
  readonly host?: string;
  readonly port?: number | string;
  readonly connectTimeout?: number;
  readonly enableKeepAlive?: boolean;
  readonly keepAliveInitialDelay?: number;
}

/** The parts of mysql2's connection, of any version, that are used here. */
interface Connection extends EventEmitter {
  readonly config: Config;
  readonly stream: EventEmitter & { destroy(error?: Error): void };
  /** The pool, if the connection belongs to one of mysql2's own. */
  readonly _pool?: { readonly _freeConnections?: { toArray?(): unknown[] } } | null;
  destroy(): void;
}

interface Options {
  readonly config: Config;
}

export type ConnectionClass = new (options: Options) => Connection;

let building = 0;
const ports = new Set<number>([3306]);

/** Whether a known copy of mysql2 is creating a connection at this moment. */
export const isBuilding = (): boolean => building > 0;

/** Port 3306, and the ports that mysql2 connections of this process have used. */
export const mysqlPorts: ReadonlySet<number> = ports;

const limited = new WeakSet<ConnectionClass>();

/**
 * Wraps mysql2's connection class so that a connection that is not opened by one of our pools takes a permit of the
 * process limit before it connects, and returns it when its socket is closed. Each gets the checks of TLS that mysql2
 * leaves out. Subclasses are covered as well.
 */
export function limitedClass(Base: ConnectionClass): ConnectionClass {
  if (limited.has(Base) || limited.has(Object.getPrototypeOf(Base) as ConnectionClass)) return Base;
  const Limited = new Proxy(Base, {
    construct: (target, [options]: [Options], subclass) => {
      building++;
      const admission = admit(options);
      try {
        const connection = Reflect.construct(target, [admission.options], subclass) as Connection;
        ports.add(Number(options.config.port ?? 3306));
        admission.admitted(connection);
        if (options.config.isServer !== true) withTlsChecks(connection);
        return connection;
      } catch (error) {
        admission.ticket?.end();
        throw error;
      } finally {
        building--;
      }
    },
  });
  limited.add(Limited);
  return Limited;
}

interface Admission {
  readonly options: Options;
  readonly ticket: Ticket | undefined;
  /** Called with the connection once it was constructed. */
  readonly admitted: (connection: Connection) => void;
}

function admit(options: Options): Admission {
  const { config } = options;
  const isCounted = isDialling() || config.isServer === true;
  if (isCounted) return { options, ticket: undefined, admitted: () => undefined };
  const ticket = rawConnections.tryTake();
  // A stream that the user supplies is already open, or opened by the user, so it cannot be made to wait.
  if (ticket !== undefined || config.stream) {
    return { options, ticket, admitted: (connection) => ticket && giveBackWhenClosed(connection, ticket) };
  }
  const waiting = new WaitingSocket(config);
  const patient = patientConfig(config, waiting.socket);
  return {
    options: { ...options, config: patient },
    ticket: waiting.ticket,
    admitted: (connection) => {
      delete patient.stream;
      Object.assign(patient, { connectTimeout: config.connectTimeout });
      giveBackWhenClosed(connection, waiting.ticket);
    },
  };
}

function giveBackWhenClosed(connection: Connection, ticket: Ticket): void {
  const withdraw = rawConnections.offer(() => {
    if (connection._pool?._freeConnections?.toArray?.().includes(connection) !== true) return false;
    connection.destroy();
    connection.stream.destroy();
    return true;
  });
  connection.stream.once('close', () => {
    withdraw();
    ticket.end();
  });
}

/** A socket that connects once there is a permit for it. */
class WaitingSocket {
  readonly socket: Socket = new Socket();
  readonly ticket: Ticket;

  constructor(config: Config) {
    const { connectTimeout: limit = 0 } = config;
    const giveUp = (): void => void this.socket.destroy(waitedInVain(limit));
    const timer = limit > 0 ? setTimeout(giveUp, limit) : undefined;
    this.ticket = rawConnections.take(() => {
      clearTimeout(timer);
      // Deferred, so that it does not run inside the call that returned the permit.
      setImmediate(() => {
        if (this.socket.destroyed) return;
        building++;
        connect(this.socket, config);
        building--;
      });
    });
    this.socket.once('close', () => clearTimeout(timer));
  }
}

/** Connects in the way mysql2 does. */
function connect(socket: Socket, config: Config): void {
  if (config.socketPath !== undefined) {
    socket.connect(config.socketPath);
    return;
  }
  if (config.enableKeepAlive === true) {
    socket.once('connect', () => socket.setKeepAlive(true, config.keepAliveInitialDelay));
  }
  socket.setNoDelay(true);
  socket.connect(Number(config.port ?? 3306), config.host ?? 'localhost');
}

// mysql2's own timeout gets this much later (ms): our error, which says what was waited for, should come first.
const LATER = 100;

/** A copy, because mysql2's pools share one configuration object among all their connections. */
function patientConfig(config: Config, socket: Socket): Config {
  const copy = Object.create(Object.getPrototypeOf(config), Object.getOwnPropertyDescriptors(config)) as Config;
  const { connectTimeout: limit = 0 } = config;
  return Object.assign(copy, { stream: () => socket, connectTimeout: limit > 0 ? limit + LATER : limit });
}

/** Uses the code that mysql2 gives to a connect timeout. */
function waitedInVain(ms: number): Error {
  const { limit, held, waiting } = processSettings().limit.stats();
  const text = `no connection within ${ms} ms: the process has ${held} of ${limit} (MYSQLPOOL_MAX_TOTAL), ${waiting} pools wait`;
  return Object.assign(new Error(text), { code: 'ETIMEDOUT', errorno: 'ETIMEDOUT', syscall: 'connect', fatal: true });
}

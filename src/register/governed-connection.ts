import type { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { isDialling } from '../mysql/dialling.js';
import { governor, type Ticket } from './governor.js';
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

/** mysql2's connection, of any version, as far as we touch it. */
interface Connection extends EventEmitter {
  readonly config: Config;
  readonly stream: EventEmitter & { destroy(error?: Error): void };
  /** Of a pool of mysql2's own. */
  readonly _pool?: { readonly _freeConnections?: { toArray?(): unknown[] } } | null;
  destroy(): void;
}

interface Options {
  readonly config: Config;
}

export type ConnectionClass = new (options: Options) => Connection;

let building = 0;
const ports = new Set<number>([3306]);

/** Whether a connection of a copy that we know is being made right now. */
export const isBuilding = (): boolean => building > 0;

/** The ports that MySQL has been seen or is usual at. */
export const mysqlPorts: ReadonlySet<number> = ports;

const governed = new WeakSet<ConnectionClass>();

/**
 * mysql2's class of connections, but that a physical connection that no pool of ours opens takes a permit of the
 * process's limit before it connects, and gives it back when its socket is closed. Subclasses go through it as well.
 */
export function governedClass(Base: ConnectionClass): ConnectionClass {
  if (governed.has(Base) || governed.has(Object.getPrototypeOf(Base) as ConnectionClass)) return Base;
  const Governed = new Proxy(Base, {
    construct: (target, [options]: [Options], subclass) => {
      building++;
      const admission = admit(options);
      try {
        const connection = Reflect.construct(target, [admission.options], subclass) as Connection;
        ports.add(Number(options.config.port ?? 3306));
        admission.admitted(connection);
        return connection;
      } catch (error) {
        admission.ticket?.end();
        throw error;
      } finally {
        building--;
      }
    },
  });
  governed.add(Governed);
  return Governed;
}

interface Admission {
  readonly options: Options;
  readonly ticket: Ticket | undefined;
  /** To be told of the connection. */
  readonly admitted: (connection: Connection) => void;
}

function admit(options: Options): Admission {
  const { config } = options;
  const isCounted = isDialling() || config.isServer === true;
  if (isCounted) return { options, ticket: undefined, admitted: () => undefined };
  const ticket = governor.tryTake();
  // A stream of somebody's own cannot be made to wait.
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
  const withdraw = governor.offer(() => {
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

/** A socket that connects when there is a permit for it. */
class WaitingSocket {
  readonly socket: Socket = new Socket();
  readonly ticket: Ticket;

  constructor(config: Config) {
    const { connectTimeout: limit = 0 } = config;
    const giveUp = (): void => void this.socket.destroy(waitedInVain(limit));
    const timer = limit > 0 ? setTimeout(giveUp, limit) : undefined;
    this.ticket = governor.take(() => {
      clearTimeout(timer);
      // Not within the turn of whoever has given the permit back.
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

/** As mysql2 does it. */
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

// mysql2's own timer must not be first: it would not say what was waited for.
const LATER = 100;

/** A copy, since pools of mysql2 give all their connections the same object. */
function patientConfig(config: Config, socket: Socket): Config {
  const copy = Object.create(Object.getPrototypeOf(config), Object.getOwnPropertyDescriptors(config)) as Config;
  const { connectTimeout: limit = 0 } = config;
  return Object.assign(copy, { stream: () => socket, connectTimeout: limit > 0 ? limit + LATER : limit });
}

/** With mysql2's own code for a connection that takes too long. */
function waitedInVain(ms: number): Error {
  const { limit, held, waiting } = processSettings().limit.stats();
  const text = `no connection within ${ms} ms: the process has ${held} of ${limit} (MYSQLPOOL_MAX_TOTAL), ${waiting} pools wait`;
  return Object.assign(new Error(text), { code: 'ETIMEDOUT', errorno: 'ETIMEDOUT', syscall: 'connect', fatal: true });
}

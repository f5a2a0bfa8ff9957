import { createPool, type PoolConfig, type PoolConnection } from 'mariadb';
import { MemorySocket } from './memory-socket.js';
import { acquireTimeoutOf, type Subject, type SubjectOptions } from './subject.js';

/**
 * MariaDB's own pool with its own connections, each logged in to a `MemorySocket`. With default options: a released
 * connection is rolled back if a transaction is open.
 */
export function mariadb(options: SubjectOptions): Subject {
  // A connection does not expose its socket, only its id.
  const sockets = new Map<number | null, MemorySocket>();
  const stream = (): MemorySocket => {
    options.onOpen();
    const socket = new MemorySocket(options.dialMs);
    sockets.set(socket.id, socket);
    return socket;
  };
  const config = {
    user: 'bench',
    connectionLimit: options.max,
    minimumIdle: options.min,
    acquireTimeout: acquireTimeoutOf(options),
    stream,
  };
  // By its type `stream` takes a callback; but it may also return a stream.
  const pool = createPool(config as unknown as PoolConfig);
  const subject: Subject<PoolConnection> = {
    acquire: () => pool.getConnection(),
    release: (connection) => void connection.release(),
    resourceOf: (connection) => sockets.get(connection.threadId)!.resource,
  };
  return subject;
}

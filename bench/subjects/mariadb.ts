import { createPool, type PoolConfig, type PoolConnection } from 'mariadb';
import { MemorySocket } from './memory-socket.js';
import { acquireTimeoutOf, type Subject, type SubjectOptions } from './subject.js';

/**
 * MariaDB's own pool with its own connections, each logged in to a `MemorySocket`. With every default on: what comes
 * back is rolled back if a transaction is open.
 */
export function mariadb(options: SubjectOptions): Subject {
  // A connection does not show its socket, only its number.
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
  // The types say that `stream` takes a callback; a stream may be returned as well.
  const pool = createPool(config as unknown as PoolConfig);
  const subject: Subject<PoolConnection> = {
    acquire: () => pool.getConnection(),
    release: (connection) => void connection.release(),
    resourceOf: (connection) => sockets.get(connection.threadId)!.resource,
  };
  return subject;
}

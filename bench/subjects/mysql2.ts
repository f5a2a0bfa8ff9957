import { createPool, type Pool, type PoolConnection } from 'mysql2';
import type { PoolConnection as PromisePoolConnection } from 'mysql2/promise';
import { MemorySocket } from './memory-socket.js';
import type { Resource } from './resource.js';
import type { Subject, SubjectOptions } from './subject.js';

/**
 * mysql2's own pool with mysql2's own connections. Each logs in to a `MemorySocket` by the option `stream`; after that,
 * acquire and release do no I/O, as with a real server. The pool has no acquire time-out.
 */
function poolOf(options: SubjectOptions): Pool {
  const stream = (): MemorySocket => {
    options.onOpen();
    return new MemorySocket(options.dialMs);
  };
  return createPool({ user: 'bench', connectionLimit: options.max, stream });
}

const resourceOf = (connection: PoolConnection): Resource =>
  (connection as unknown as { readonly stream: MemorySocket }).stream.resource;

/** mysql2's pool through its promise API, as most programs use it. */
export function mysql2(options: SubjectOptions): Subject {
  const pool = poolOf(options).promise();
  const subject: Subject<PromisePoolConnection> = {
    acquire: () => pool.getConnection(),
    release: (connection) => connection.release(),
    resourceOf: (connection) => resourceOf(connection.connection as unknown as PoolConnection),
  };
  return subject;
}

/** mysql2's pool through its callback API, which saves the promise and the wrapper around the connection. */
export function mysql2Callback(options: SubjectOptions): Subject {
  const pool = poolOf(options);
  const acquireBy = (taken: (connection: PoolConnection) => void): void => {
    pool.getConnection((error, connection) => {
      if (error) throw error;
      taken(connection);
    });
  };
  const subject: Subject<PoolConnection> = {
    acquireBy,
    acquire: () => new Promise(acquireBy),
    release: (connection) => connection.release(),
    resourceOf,
  };
  return subject;
}

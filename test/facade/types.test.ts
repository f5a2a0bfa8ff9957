import assert from 'node:assert/strict';
import { it } from 'node:test';
import type * as mysql2 from 'mysql2';
import type * as mysql2Promise from 'mysql2/promise';
import type { MysqlPool } from 'node-mysqlpool';
import * as facade from 'node-mysqlpool/mysql2';
import * as facadePromise from 'node-mysqlpool/mysql2/promise';

it('whoever is typed against mysql2 may be given ours', () => {
  // Every value that mysql2 declares, with a type that does for its own.
  const modules: [typeof mysql2, typeof mysql2Promise] = [facade, facadePromise];
  assert.equal(modules[0].createPool, facade.createPool);
  const pool: mysql2.Pool = facade.createPool({
    host: 'db',
    connectionLimit: 5,
    queueLimit: 0,
  } satisfies mysql2.PoolOptions);
  const promised: mysql2Promise.Pool = facadePromise.createPool('mysql://me@db/shop');
  const cluster: mysql2.PoolCluster = facade.createPoolCluster({ canRetry: true });
  const core: mysql2.Pool = promised.pool;
  assert.notEqual(core, pool);
  cluster.end();
});

it('the types that mysql2 exports are exported under the same names', () => {
  type Same = [
    facade.RowDataPacket, facade.ResultSetHeader, facade.FieldPacket, facade.PoolOptions, facade.ConnectionOptions,
    facade.QueryError, facade.PoolConnection, facade.Connection, facade.Pool, facade.PoolCluster, facade.Query,
    facadePromise.Pool, facadePromise.PoolConnection, facadePromise.Connection, facadePromise.RowDataPacket,
    facadePromise.PoolOptions, facadePromise.PoolCluster,
  ]; // prettier-ignore
  // Code as it is written against mysql2.
  async function names(from: facadePromise.Pool, id: number): Promise<string[]> {
    const [rows] = await from.query<facadePromise.RowDataPacket[]>('SELECT name FROM t WHERE id = ?', [id]);
    const connection: facadePromise.PoolConnection = await from.getConnection();
    const [{ affectedRows }] = await connection.execute<facadePromise.ResultSetHeader>('DELETE FROM t');
    connection.release();
    return [...rows.map((row) => String(row['name'])), String(affectedRows)];
  }
  const count: Same['length'] = 17;
  assert.equal(typeof names, 'function');
  assert.equal(count, 17);
});

it('our options and our pool are typed', () => {
  const pool = facade.createPool({ connectionLimit: 5, minIdle: 1, reset: 'rollback', ping: { idleFor: 100 } });
  const ours: MysqlPool = pool.mysqlpool;
  const ofPromise: MysqlPool = facadePromise.createPool({ name: 'shop', password: () => 'secret' }).pool.mysqlpool;
  assert.notEqual(ours, ofPromise);
  // @ts-expect-error -- not a way to reset
  assert.throws(() => facade.createPool({ reset: 'everything' }));
  // @ts-expect-error -- a number
  facade.createPool({ connectionLimit: '5' });
  // @ts-expect-error -- mysql2 has no such option, nor have we
  assert.ok(facade.createPool({ connectionLimits: 5 }));
  // @ts-expect-error -- mysqlpool is there to be read
  assert.throws(() => (pool.mysqlpool = ours));
});

import { leasesOf } from '../facade/connection-leases.js';
import type { MysqlConnection } from '../api/index.js';
import { leaseOf, LeaseViews } from './lease-view.js';

const views = new LeaseViews({
  release() {
    leaseOf(this)!.release();
  },
  end(...args) {
    leaseOf(this)!.release();
    const done = args.at(-1);
    if (typeof done === 'function') (done as () => void)();
  },
  promise(implementation) {
    return leaseOf(this)!.connection.promise(implementation as PromiseConstructor);
  },
});

type Done = (error: unknown, connection?: MysqlConnection) => void;

/** A pool or cluster whose getConnection has a callback as its last argument. */
interface Borrowable {
  getConnection(...args: unknown[]): void;
}

/**
 * Makes a facade pool lend a new object for each loan. Otherwise, as in mysql2, one object is lent to one borrower
 * after the other, and a second release of it, which TypeORM and Drizzle may do, would release the connection of a
 * later borrower.
 */
export function viewPerLease<P>(pool: P): P {
  const borrowable = pool as Borrowable;
  const getConnection = borrowable.getConnection.bind(borrowable);
  borrowable.getConnection = (...args) => {
    const done = args.pop() as Done;
    getConnection(...args, (error: unknown, connection?: MysqlConnection) => {
      if (error) done(error);
      else done(null, viewOf(connection!));
    });
  };
  return pool;
}

/** An object for the loan that has just begun; the connection itself if it does not come from one of our pools. */
export function viewOf(connection: MysqlConnection): MysqlConnection {
  const lease = leasesOf(connection)?.lease;
  return lease === undefined ? connection : views.lend(lease);
}

import { custodyOf } from '../facade/custody.js';
import type { MysqlConnection } from '../api/index.js';
import { leaseOf, LentConnections } from './lent-connection.js';

const views = new LentConnections({
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
interface Lender {
  getConnection(...args: unknown[]): void;
}

/**
 * Makes a facade pool lend a new object for each loan. Otherwise, as in mysql2, one object is lent to one borrower
 * after the other, and a second release of it, which TypeORM and Drizzle may do, would release the connection of a
 * later borrower.
 */
export function lendPerLoan<P>(pool: P): P {
  const lender = pool as Lender;
  const getConnection = lender.getConnection.bind(lender);
  lender.getConnection = (...args) => {
    const done = args.pop() as Done;
    getConnection(...args, (error: unknown, connection?: MysqlConnection) => {
      if (error) done(error);
      else done(null, loanOf(connection!));
    });
  };
  return pool;
}

/** An object for the loan that has just begun; the connection itself if it does not come from one of our pools. */
export function loanOf(connection: MysqlConnection): MysqlConnection {
  const lease = custodyOf(connection)?.lease;
  return lease === undefined ? connection : views.lend(lease);
}

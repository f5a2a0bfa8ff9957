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

/** A pool or a cluster of pools: the last argument is called back with a connection. */
interface Lender {
  getConnection(...args: unknown[]): void;
}

/**
 * Has a pool of the facade lend a fresh object for each loan. As mysql2 does, it would lend the same object to one after
 * the other, and who gives it back twice, as TypeORM and Drizzle may, would give back what somebody else has by then.
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

/** The connection for the loan that has just begun; as it is, when it is from no pool of ours. */
export function loanOf(connection: MysqlConnection): MysqlConnection {
  const lease = custodyOf(connection)?.lease;
  return lease === undefined ? connection : views.lend(lease);
}

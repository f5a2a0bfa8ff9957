import { fleetFor, permitsUnder, type FleetOptions } from '../budget/index.js';
import { startLog, type Logger } from '../log/index.js';
import type { Permits } from '../pool/index.js';
import { ScopedPool, type ScopedLease, type ScopedPoolOptions } from '../scope/index.js';
import { MysqlConnector } from '../mysql/connector.js';
import { CreatorSource, type Creator } from '../mysql/creator-source.js';
import type { MysqlConnection } from '../mysql/driver.js';
import { checkedLogger, checkedPermits } from './options.js';
import { serve } from './serve.js';

/** Options of a pool whose connections an ORM creates. @since 0.1.0 */
export interface CreatorPoolOptions extends ScopedPoolOptions {
  /**
   * Asked before each new connection is opened: a limit over several pools, such as a `MaxTotal`.
   * @default no such limit
   */
  readonly permits?: Permits | undefined;
  /**
   * One connection limit for all processes that use the account; see `MysqlPoolOptions`.
   * @default what `MYSQLPOOL_FLEET` says
   */
  readonly fleet?: boolean | FleetOptions | undefined;
  /** Receives one line for each event of the pool: a logger such as pino's, or `console`. @default none */
  readonly logger?: Logger | undefined;
}

/**
 * A pool of connections that a `Creator`, such as an ORM, creates. Borrowers get mysql2's own connection.
 * @since 0.1.0
 */
export class CreatorPool extends ScopedPool<MysqlConnection, ScopedLease<MysqlConnection>> {
  /**
   * @param defaults values for options that are not given
   * @throws PoolOptionError
   */
  constructor(
    creator: Creator,
    { permits, fleet: given, logger, ...options }: CreatorPoolOptions = {},
    defaults: ScopedPoolOptions = {},
  ) {
    const name = options.name ?? 'createPool';
    const log = checkedLogger(name, logger);
    const connector = new MysqlConnector(new CreatorSource(creator));
    const fleet = fleetFor(name, given, undefined);
    super({ connector, permits: permitsUnder(fleet, checkedPermits(name, permits)) }, { ...defaults, ...options });
    startLog(this, log);
    serve(this, connector, options, fleet, creator.settings);
  }
}

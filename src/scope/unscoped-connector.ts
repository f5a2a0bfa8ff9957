import type { Connector } from '../pool/index.js';
import { outsideOfScopes } from './borrower.js';

/**
 * The same connector, which opens outside of scopes, whoever has a connection opened: it outlives the scope that it was
 * dialled for, and what its socket calls back would go on in the name of that scope for ever.
 */
export function unscoped<C>(connector: Connector<C>): Connector<C> {
  // All of the port, so that a method which is added to it is not forgotten here.
  const ended = (connection: C): unknown => connector.loanEnded?.(connection);
  const whole = {
    attach: (pool) => connector.attach?.(pool),
    open: (context) => outsideOfScopes(() => connector.open(context)),
    ping: (connection) => connector.ping(connection),
    clean: (connection, mode) => connector.clean(connection, mode),
    close: (connection) => connector.close(connection),
    destroy: (connection, cause) => connector.destroy(connection, cause),
    lingers: (connection) => connector.lingers?.(connection),
    spokeAt: (connection) => connector.spokeAt?.(connection),
    loanEnded: (connection) => outsideOfScopes(ended, connection),
    watchEnd: (connection, closed) => connector.watchEnd?.(connection, closed) === true,
    busy: (connection) => connector.busy?.(connection) === true,
    recent: (connection) => connector.recent?.(connection) ?? [],
    hookOfDials: () => connector.hookOfDials?.(),
    classify: (error) => connector.classify?.(error) ?? 'transient',
  } satisfies Required<Connector<C>>;
  return whole;
}

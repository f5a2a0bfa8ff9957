import type { Connector } from '../pool/index.js';
import { outsideOfScopes } from './borrower.js';

/**
 * Wraps a connector so that connections are opened outside of scopes. A connection outlives the scope that it was
 * dialled for, and callbacks of its socket would otherwise run in the name of that scope for ever.
 */
export function unscoped<C>(connector: Connector<C>): Connector<C> {
  // All methods of the port are listed, so that the compiler reports one that is added to it and forgotten here.
  const ended = (connection: C): number | undefined => connector.loanEnded?.(connection);
  const whole = {
    attach: (pool) => connector.attach?.(pool),
    open: (context) => outsideOfScopes(() => connector.open(context)),
    ping: (connection) => connector.ping(connection),
    clean: (connection, mode) => connector.clean(connection, mode),
    close: (connection) => connector.close(connection),
    destroy: (connection, cause) => connector.destroy(connection, cause),
    lingers: (connection) => connector.lingers?.(connection),
    loanEnded: (connection) => outsideOfScopes(ended, connection),
    watchEnd: (connection, closed) => connector.watchEnd?.(connection, closed) === true,
    busy: (connection) => connector.busy?.(connection) === true,
    recent: (connection) => connector.recent?.(connection) ?? [],
    hookOfDials: () => connector.hookOfDials?.(),
    classify: (error) => connector.classify?.(error) ?? 'transient',
  } satisfies Required<Connector<C>>;
  return whole;
}

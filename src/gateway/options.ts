import type { FleetOptions } from '../budget/index.js';
import type { PoolOptions } from '../pool/index.js';
import type { ServerAddress } from './server.js';
import type { ClientTls } from './tls.js';

/** How backends are shared: see `GatewayOptions.mode`. */
export type GatewayMode = 'transaction' | 'session' | 'rotate';

/** Where clients come in. */
export interface ListenAddress {
  /** @default '127.0.0.1' */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** A UNIX socket, instead of host and port. */
  readonly socketPath?: string | undefined;
}

/** Options of a gateway with every default in place. */
export interface ResolvedGatewayOptions {
  readonly server: ServerAddress;
  readonly listen: readonly ListenAddress[];
  readonly mode: GatewayMode;
  readonly pool: PoolOptions;
  readonly maxTotal: number;
  readonly fleet: boolean | FleetOptions | undefined;
  readonly maxClients: number;
  readonly clientIdleTimeout: number;
  readonly transactionIdleTimeout: number;
  readonly loginTimeout: number;
  readonly trustRoutines: boolean;
  readonly tls: ClientTls | undefined;
  readonly users: string | undefined;
}

export { GatewayListenError, GatewayOptionError, GatewayServerError } from './failures.js';
export type { ClientState } from '../metrics/gateway-of.js';
export type { GatewayStats } from './gateway-stats.js';
export type { ListenAddress } from './listen-option.js';
export type { GatewayMode, GatewayOptions } from './options.js';
export type { GatewayServer } from './server-option.js';
export { startGateway, type GatewayLimits, type GatewayServerFacts, type RunningGateway } from './start-gateway.js';
export type { ClientTls, ServerTls } from './tls.js';

export { GatewayListenError, GatewayOptionError, GatewayServerError } from './failures.js';
export type { GatewayStats } from './gateway-stats.js';
export type { ListenAddress } from './listen-option.js';
export { GATEWAY_OPTION_NAMES, type GatewayMode, type GatewayOptions, type ResolvedGatewayOptions } from './options.js';
export type { GatewayServer } from './server-option.js';
export { startGateway, type GatewayServerFacts, type RunningGateway } from './start-gateway.js';
export type { ClientTls, ServerTls } from './tls.js';

export { Gateway } from './gateway.js';
export type { GatewayMode, ListenAddress, ResolvedGatewayOptions } from './options.js';
export type { ServerAddress } from './server.js';

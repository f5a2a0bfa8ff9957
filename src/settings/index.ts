export { closeAll, configure, connections, type Connections } from './connections.js';
export { SettingsError } from './errors.js';
export {
  BACKENDS,
  type Backend,
  type ConnectListener,
  type DatabaseSettings,
  type PoolArguments,
  type PoolEventListeners,
  type PoolEventPair,
  type Settings,
} from './types.js';

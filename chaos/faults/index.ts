import type { Fault } from './fault.js';
import { NETWORK_FAULTS } from './network-faults.js';
import { POOL_FAULTS } from './pool-faults.js';
import { SERVER_FAULTS } from './server-faults.js';
import { SESSION_FAULTS } from './session-faults.js';

/** Every kind of fault. */
export const FAULTS: readonly Fault[] = [...SERVER_FAULTS, ...NETWORK_FAULTS, ...SESSION_FAULTS, ...POOL_FAULTS];

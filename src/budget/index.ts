export type { Coordination, Coordinator, CoordinatorState, FleetMember, Standing } from './coordinator.js';
export { FleetLimitError } from './errors.js';
export { Fleet, type FleetStats } from './fleet.js';
export { faultOfFleet, type FleetOptions } from './fleet-options.js';
export { fleetFor, fleetOf, noteFleet, permitsUnder } from './fleets.js';
export { MaxTotal, type MaxTotalStats } from './max-total.js';
export { setProcessFleet } from './process-fleet.js';
export { processLimit, processPermits, setProcessLimit } from './process-limit.js';

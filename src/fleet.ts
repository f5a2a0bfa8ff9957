export {
  Fleet,
  fleetOf,
  FleetLimitError,
  type Coordination,
  type Coordinator,
  type CoordinatorState,
  type FleetMember,
  type FleetOptions,
  type FleetStats,
  type Standing,
} from './budget/index.js';

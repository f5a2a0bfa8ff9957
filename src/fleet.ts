export {
  Fleet,
  fleetOf,
  redisCoordinator,
  type Coordination,
  type Coordinator,
  type CoordinatorState,
  type FleetMember,
  type FleetOptions,
  type FleetStats,
  type RedisCoordinatorOptions,
  type RedisPort,
  type Standing,
} from './budget/index.js';

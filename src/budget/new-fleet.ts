import type { Coordinator } from './coordinator.js';
import { Fleet } from './fleet.js';
import type { ResolvedFleetOptions } from './fleet-options.js';
import { MysqlCoordinator } from './high-water.js';

export const newFleet = (options: ResolvedFleetOptions): Fleet =>
  new Fleet(options, { coordinator: coordinatorOf(options) });

function coordinatorOf({ coordinator }: ResolvedFleetOptions): Coordinator | undefined {
  if (coordinator === 'none') return undefined;
  return coordinator === 'mysql' ? new MysqlCoordinator() : coordinator;
}

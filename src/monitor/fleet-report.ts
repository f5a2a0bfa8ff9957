import { fleetOf } from '../budget/fleet-of.js';
import type { FleetReport } from './report.js';

/** The fleet that a pool belongs to, as its process knows it. */
export function fleetReport(pool: object): FleetReport | undefined {
  const stats = fleetOf(pool)?.stats();
  if (stats === undefined) return undefined;
  const { name, limit, counted, held, share, demand, floor, refusals, sheds, coordinator } = stats;
  const problem = coordinator.state === 'lost' ? coordinator.why : undefined;
  return { name, limit, counted, held, share, demand, floor, refusals, sheds, coordinator: coordinator.kind, problem };
}

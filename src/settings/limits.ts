import { faultOfFleet, type FleetOptions } from '../budget/index.js';
import type { Found, FoundSettings } from './sources.js';
import { numberAt, refuse } from './values.js';

/** Limits that hold for several pools together. */
export interface Limits {
  readonly maxTotal: number;
  readonly fleet: boolean | FleetOptions;
}

/** @throws SettingsError */
export const limitsOf = ({ maxTotal, fleet }: Pick<FoundSettings, 'maxTotal' | 'fleet'>): Limits => ({
  maxTotal: maxTotalOf(maxTotal),
  fleet: fleetOf(fleet),
});

function fleetOf({ path, value }: Found): boolean | FleetOptions {
  const fault = faultOfFleet(value ?? undefined);
  if (fault !== undefined) refuse(path, fault.message);
  return (value as boolean | FleetOptions | null | undefined) ?? false;
}

function maxTotalOf({ path, value }: Found): number {
  return value === undefined || value === null ? Infinity : numberAt(path, value, 1, true, ', or null');
}

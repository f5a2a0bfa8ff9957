import type { Carried, CarriedStates } from './carried.js';
import type { Readings } from './reading.js';

/** What the session of a client begins with. */
export interface ClientOptions {
  readonly states: CarriedStates;
  readonly readings: Readings;
  /** The state of the session when it begins. */
  readonly carried: Carried;
  /** Assumes that routines leave nothing behind but what the server reports. */
  readonly trustRoutines?: boolean;
}

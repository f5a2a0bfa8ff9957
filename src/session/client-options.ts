import type { Carried, CarriedStates } from './carried.js';
import type { Readings } from './reading.js';

/** What a client's session begins with. */
export interface ClientOptions {
  readonly states: CarriedStates;
  readonly readings: Readings;
  /** What the session is like when it begins. */
  readonly carried: Carried;
  /** Routines leave nothing behind but what the server tells. */
  readonly trustRoutines?: boolean;
}

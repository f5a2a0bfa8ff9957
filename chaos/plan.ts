import type { ServerKind } from '#support/servers/index.js';
import type { Violations } from './violations.js';

/** The parameters of a run on one kind of server, and the receivers of its reports. */
export interface Plan {
  readonly kind: ServerKind;
  readonly seconds: number;
  readonly seed: number;
  /** Ends the run early. */
  readonly signal: AbortSignal;
  readonly violations: Violations;
  onFault(names: string): void;
}

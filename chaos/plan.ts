import type { ServerKind } from '#support/servers/index.js';
import type { Violations } from './violations.js';

/** What is to be done on one kind of server, and who is told. */
export interface Plan {
  readonly kind: ServerKind;
  readonly seconds: number;
  readonly seed: number;
  /** Ends the run early. */
  readonly signal: AbortSignal;
  readonly violations: Violations;
  onFault(names: string): void;
}

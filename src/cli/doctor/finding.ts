/** How bad it is, the worst first. */
export const SEVERITIES = ['error', 'warning', 'note', 'ok'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** One thing that the doctor looked at. */
export interface Finding {
  readonly severity: Severity;
  /** What was looked at, in a word that stays the same: for scripts. */
  readonly check: string;
  /** The alias of the database it is about, or what else. */
  readonly about: string;
  /** What was seen, with figures. */
  readonly seen: string;
  /** Why it matters. */
  readonly why?: string;
  /** Which line to change, and how. */
  readonly change?: string;
}

/** How serious a finding is, the most serious first. */
export const SEVERITIES = ['error', 'warning', 'note', 'ok'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** The result of one check of `mysqlpool doctor`. */
export interface Finding {
  readonly severity: Severity;
  /** The name of the check. It stays the same in later versions, so that scripts can rely on it. */
  readonly check: string;
  /** What the finding is about: the alias of a database, or for example `settings`. */
  readonly about: string;
  /** What was found, with figures. */
  readonly seen: string;
  /** Why it matters. */
  readonly why?: string;
  /** Which setting to change, and how. */
  readonly change?: string;
}

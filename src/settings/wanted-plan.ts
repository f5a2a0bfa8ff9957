import type { Canonical } from './canonical.js';
import { planOf, type Plan } from './plan.js';
import { findSettings } from './sources.js';

export { unknownAlias } from './plan.js';

/** The plan from the given settings, the environment and the file. @throws SettingsError */
export const wantedPlan = (given: unknown, canonical: Canonical): Plan =>
  planOf(findSettings(given, process.env, process.cwd()), canonical);

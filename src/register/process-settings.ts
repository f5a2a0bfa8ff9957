import { setProcessFleet, setProcessLimit, type MaxTotal } from '../budget/index.js';
import { givenArguments } from '../settings/given-arguments.js';
import { planOf } from '../settings/plan.js';
import { registry } from '../settings/registry.js';
import { findSettings } from '../settings/sources.js';
import { debug } from './report.js';

/** What the file and the environment say of every pool of the process. */
export interface ProcessSettings {
  /** Shared with `connections` and with every pool that is given no permits of its own. */
  readonly limit: MaxTotal;
  /** Options, in our words, for pools whose makers do not say otherwise. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

/**
 * Reads `mysqlpool.config.json` and the environment, and sets the limit. What they say of databases is not looked at.
 * @throws SettingsError
 */
export function readProcessSettings(): ProcessSettings {
  const found = findSettings(undefined, process.env, process.cwd());
  const { maxTotal, fleet } = planOf({ ...found, databases: new Map() }, registry().canonical);
  const { limit } = registry();
  setProcessLimit(maxTotal);
  setProcessFleet(fleet);
  const defaults = givenArguments(found.backend.value, found.arguments.path, found.arguments.value);
  debug(maxTotal === Infinity ? 'no limit over all pools' : `at most ${maxTotal} connections (MYSQLPOOL_MAX_TOTAL)`);
  return { limit, defaults };
}

import { setProcessFleet, setProcessLimit, type MaxTotal } from '../budget/index.js';
import { givenArguments } from '../settings/given-arguments.js';
import { planOf } from '../settings/plan.js';
import { registry } from '../settings/registry.js';
import { findSettings } from '../settings/sources.js';
import { debug } from './report.js';

/** The settings that the file and the environment make for all pools of the process. */
export interface ProcessSettings {
  /** Shared with `connections`, and with every pool that is given no permits of its own. */
  readonly limit: MaxTotal;
  /** Default options, under our names, for pools that do not set them. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

/**
 * Reads `mysqlpool.config.json` and the environment, and sets the limits of the process. Their databases are ignored.
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

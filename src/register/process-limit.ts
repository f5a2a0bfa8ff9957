import type { PermitAccount, PermitHolder, Permits } from '../pool/index.js';
import type * as Settings from './process-settings.js';

let settings: Settings.ProcessSettings | undefined;

/**
 * The settings of the process, read at the first use: most processes that NODE_OPTIONS reaches use no database, and
 * reading the settings loads mysql2.
 * @throws SettingsError
 */
export function processSettings(): Settings.ProcessSettings {
  settings ??= (require('./process-settings.js') as typeof Settings).readProcessSettings();
  return settings;
}

/** The limit `MYSQLPOOL_MAX_TOTAL`, shared by everything that opens connections. */
export const processLimit: Permits = {
  join: (holder: PermitHolder): PermitAccount => processSettings().limit.join(holder),
};

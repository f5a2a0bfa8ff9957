import type { PermitAccount, PermitHolder, Permits } from '../pool/index.js';
import type * as Settings from './process-settings.js';

let settings: Settings.ProcessSettings | undefined;

/**
 * The settings of the process, read when they are first wanted: most programs that NODE_OPTIONS reaches want no
 * database, and to read settings loads mysql2.
 * @throws SettingsError
 */
export function processSettings(): Settings.ProcessSettings {
  settings ??= (require('./process-settings.js') as typeof Settings).readProcessSettings();
  return settings;
}

/** `MYSQLPOOL_MAX_TOTAL` for everything that opens connections. */
export const processLimit: Permits = {
  join: (holder: PermitHolder): PermitAccount => processSettings().limit.join(holder),
};

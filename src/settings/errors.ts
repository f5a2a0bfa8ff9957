import { PoolError } from '../pool/index.js';

/**
 * A setting is unknown, has a wrong value, or contradicts another. The message begins with the path of the setting, such
 * as `DATABASES.default.PORT`, and never shows a secret.
 * @since 0.1.0
 */
export class SettingsError extends PoolError {
  /** The path of the setting at fault. */
  readonly setting: string;

  constructor(setting: string, message: string) {
    super('SETTINGS_INVALID', setting, message);
    this.setting = setting;
  }
}

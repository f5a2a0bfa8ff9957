import { inspect, type InspectOptions } from 'node:util';
import { internals, type MysqlConnection } from './driver.js';

const SECRETS: ReadonlySet<string> = new Set(['password', 'password1', 'password2', 'password3', 'passwordSha1']);

type Config = Readonly<Record<string, unknown>>;

/** Not enumerable, so that copying the configuration gives a plain object of options. */
const SHOWN: PropertyDescriptorMap = {
  [inspect.custom]: {
    configurable: true,
    value(this: Config, depth: number, options: InspectOptions, show: typeof inspect): unknown {
      return depth < 0 ? '[ConnectionConfig]' : show(shown(this), options);
    },
  },
  toJSON: {
    configurable: true,
    value(this: Config): Config {
      return shown(this);
    },
  },
};

/**
 * Hides the passwords in mysql2's configuration of a connection from `inspect` and from JSON. They remain in the
 * configuration and in copies of it, because cancelling a query opens another connection with the same options.
 */
export function hidePassword(connection: MysqlConnection): void {
  Object.defineProperties(internals(connection).config, SHOWN);
}

const shown = (config: Config): Config =>
  Object.fromEntries(Object.entries(config).filter(([name]) => !SECRETS.has(name)));

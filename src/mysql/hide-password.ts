import { inspect, type InspectOptions } from 'node:util';
import { internals, type MysqlConnection } from './driver.js';

const SECRETS: ReadonlySet<string> = new Set(['password', 'password1', 'password2', 'password3', 'passwordSha1']);

type Config = Readonly<Record<string, unknown>>;

/** Neither is enumerable: a copy of the configuration is a plain object of options again. */
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
 * Has the passwords in mysql2's configuration of a connection not be printed along with it, nor written as JSON. They stay
 * in it, and in copies of it: who has a query cancelled opens a connection like that one.
 */
export function hidePassword(connection: MysqlConnection): void {
  Object.defineProperties(internals(connection).config, SHOWN);
}

const shown = (config: Config): Config =>
  Object.fromEntries(Object.entries(config).filter(([name]) => !SECRETS.has(name)));

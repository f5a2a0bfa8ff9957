import type { Backend } from '../../settings/types.js';
import type { OptionLine } from './facts.js';

const FILE_MARK = /^file (.+?): (.+)$/;

/** Turns the path of a setting into a place that the user can find: a line of the file, or an environment variable. */
export class SettingsPlaces {
  readonly #file: string;
  readonly #text: string | undefined;

  /** @param text the content of the file; undefined if there is no file */
  constructor(file: string, text: string | undefined) {
    this.#file = file;
    this.#text = text;
  }

  /** `DATABASES.default (mysqlpool.config.json, line 3)`, or the name of the environment variable. */
  of(path: string): string {
    const [, file, setting] = FILE_MARK.exec(path) ?? [];
    if (file === undefined || setting === undefined) {
      return path === 'MYSQLPOOL_MAX_TOTAL' && this.#text !== undefined ? `MYSQLPOOL_MAX_TOTAL (${this.#file})` : path;
    }
    const line = this.#lineOf(setting.split('.').at(-1)!);
    return `${setting} (${file}${line === undefined ? '' : `, line ${line}`})`;
  }

  /** The file or the environment variable that a setting comes from. */
  sourceOf(path: string): string {
    return FILE_MARK.exec(path)?.[1] ?? path.split('.')[0]!;
  }

  /** The line of a property; undefined unless exactly one line contains its name. */
  #lineOf(name: string): number | undefined {
    const lines = (this.#text ?? '').split('\n');
    const found = lines.flatMap((text, index) => (text.includes(`"${name}"`) ? [index + 1] : []));
    return found.length === 1 ? found[0] : undefined;
  }
}

/** Where each option that comes from `MYSQLPOOL_ARGUMENTS` is set. */
export function linesOfSettings(
  backend: Backend,
  path: string,
  places: SettingsPlaces,
): Record<string, OptionLine | undefined> {
  const line = (name: string): OptionLine => ({ name, line: places.of(`${path}.${name}`), unit: 'seconds' });
  return {
    maxLifetime: line('recycle'),
    ...(backend === 'QueuePool'
      ? {
          acquireTimeout: line('timeout'),
          maxSize: {
            ...line('pool_size'),
            name: 'pool_size + max_overflow',
            line: `pool_size + max_overflow in ${places.of(path)}`,
          },
        }
      : {}),
  };
}

const OF_URLS = ['maxSize', 'maxLifetime', 'idleTimeout', 'keepaliveInterval', 'acquireTimeout'];

/** Where each option that comes from a URL is set. */
export const linesOfUrl = (): Record<string, OptionLine | undefined> =>
  Object.fromEntries(OF_URLS.map((name) => [name, { name, line: `${name} in the URL`, unit: 'ms' as const }]));

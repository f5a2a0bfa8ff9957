import type { Backend } from '../../settings/types.js';
import type { OptionLine } from './facts.js';

const FILE_MARK = /^file (.+?): (.+)$/;

/** Turns the paths by which settings are known into places that people can go to. */
export class SettingsPlaces {
  readonly #file: string;
  readonly #text: string | undefined;

  /** @param text of the file; undefined when there is none */
  constructor(file: string, text: string | undefined) {
    this.#file = file;
    this.#text = text;
  }

  /** `DATABASES.default (mysqlpool.config.json, line 3)`, or the variable of the environment. */
  of(path: string): string {
    const [, file, setting] = FILE_MARK.exec(path) ?? [];
    if (file === undefined || setting === undefined) {
      return path === 'MYSQLPOOL_MAX_TOTAL' && this.#text !== undefined ? `MYSQLPOOL_MAX_TOTAL (${this.#file})` : path;
    }
    const line = this.#lineOf(setting.split('.').at(-1)!);
    return `${setting} (${file}${line === undefined ? '' : `, line ${line}`})`;
  }

  /** The file, or the variable. */
  sourceOf(path: string): string {
    return FILE_MARK.exec(path)?.[1] ?? path.split('.')[0]!;
  }

  /** The line of the only property of that name. */
  #lineOf(name: string): number | undefined {
    const lines = (this.#text ?? '').split('\n');
    const found = lines.flatMap((text, index) => (text.includes(`"${name}"`) ? [index + 1] : []));
    return found.length === 1 ? found[0] : undefined;
  }
}

/** Where options are written that come from `MYSQLPOOL_ARGUMENTS`. */
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

/** Where options are written that come from a URL. */
export const linesOfUrl = (): Record<string, OptionLine | undefined> =>
  Object.fromEntries(OF_URLS.map((name) => [name, { name, line: `${name} in the URL`, unit: 'ms' as const }]));

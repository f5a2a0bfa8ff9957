const MOST = 60;

/** A value as a message may show it: short, and without asking it for a text of its own. Not for secrets. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > MOST ? `${value.slice(0, MOST - 3)}...` : value);
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? 'a list' : 'an object';
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    case 'undefined':
    case 'boolean':
    case 'number':
    case 'bigint':
      return String(value);
  }
}

/** What was thrown, for a warning: anything can be. */
export const thrown = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : shown(error);

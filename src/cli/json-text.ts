import { printable } from '../pool/index.js';

/** JSON that a terminal may be shown: what is no plain character in it is escaped, and it still means the same. */
export const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, undefined, indent).split('\n').map(printable).join('\n');

import { printable } from '../pool/index.js';

/** JSON that is safe to show on a terminal: unprintable characters are escaped, which does not change its meaning. */
export const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, undefined, indent).split('\n').map(printable).join('\n');

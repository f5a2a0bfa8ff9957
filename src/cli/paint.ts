import type { Io } from './io.js';

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
export type Style = keyof typeof CODES;

/** Adds colour to text, or does not. */
export type Paint = (style: Style, text: string) => string;

/** Leaves text as it is. */
export const plain: Paint = (_style, text) => text;

const coloured: Paint = (style, text) => (text === '' ? '' : `\u001B[${CODES[style]}m${text}\u001B[0m`);

/**
 * Colour is for people who look at a terminal and have not asked to be spared (https://no-color.org). `--no-color` wins
 * over FORCE_COLOR, that over NO_COLOR, as in Node itself.
 */
export function painter(io: Pick<Io, 'env' | 'stdout'>, noColor: boolean): Paint {
  const { FORCE_COLOR: force, NO_COLOR: none = '', TERM: terminal } = io.env;
  if (noColor) return plain;
  if (force !== undefined) return force === '0' || force === 'false' ? plain : coloured;
  return io.stdout.isTTY !== true || none !== '' || terminal === 'dumb' ? plain : coloured;
}

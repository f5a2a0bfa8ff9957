import { styleText } from 'node:util';
import type { Io } from './io.js';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Adds colour to text, or does not. */
export type Paint = (style: Style, text: string) => string;

/** Leaves text as it is. */
export const plain: Paint = (_style, text) => text;

// Whether to colour is decided below, and not by what Node finds its own output to be.
const coloured: Paint = (style, text) => (text === '' ? '' : styleText(style, text, { validateStream: false }));

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

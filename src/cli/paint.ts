import { styleText } from 'node:util';
import type { Io } from './io.js';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Styles text, or returns it unchanged if the output is not coloured. */
export type Paint = (style: Style, text: string) => string;

/** Returns text unchanged. */
export const plain: Paint = (_style, text) => text;

// `painter` decides whether to colour, so `styleText` must not check Node's own output stream.
const coloured: Paint = (style, text) => (text === '' ? '' : styleText(style, text, { validateStream: false }));

/**
 * Output is coloured on a terminal, unless the user has turned colours off (https://no-color.org). `--no-color` wins
 * over FORCE_COLOR, which wins over NO_COLOR, as in Node itself.
 */
export function painter(io: Pick<Io, 'env' | 'stdout'>, noColor: boolean): Paint {
  const { FORCE_COLOR: force, NO_COLOR: none = '', TERM: terminal } = io.env;
  if (noColor) return plain;
  if (force !== undefined) return force === '0' || force === 'false' ? plain : coloured;
  return io.stdout.isTTY !== true || none !== '' || terminal === 'dumb' ? plain : coloured;
}

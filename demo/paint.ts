const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;
export type Style = keyof typeof CODES;

/** Adds colour to text, or does not. */
export type Paint = (style: Style, text: string) => string;

/** Colour is for people who look at a terminal and have not asked to be spared (https://no-color.org). */
export function painter(stream: { readonly isTTY?: boolean }): Paint {
  if (stream.isTTY !== true || process.env['NO_COLOR'] || process.env['TERM'] === 'dumb') return (_style, text) => text;
  return (style, text) => `\u001B[${CODES[style]}m${text}\u001B[0m`;
}

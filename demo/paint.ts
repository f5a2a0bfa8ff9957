const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;
export type Style = keyof typeof CODES;

/** Colours text, or returns it unchanged. */
export type Paint = (style: Style, text: string) => string;

/** Colours text on a terminal only, and not if NO_COLOR is set (https://no-color.org). */
export function painter(stream: { readonly isTTY?: boolean }): Paint {
  if (stream.isTTY !== true || process.env['NO_COLOR'] || process.env['TERM'] === 'dumb') return (_style, text) => text;
  return (style, text) => `\u001B[${CODES[style]}m${text}\u001B[0m`;
}

/** To a tenth: more digits would only make reports longer. */
export const rounded = (value: number): number => Math.round(value * 10) / 10;

/** JSON has no word for Infinity. */
export const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Not longer than `most` characters. */
export const clipped = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

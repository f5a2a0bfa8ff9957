/** Rounds to one decimal place: more digits would only make reports longer. */
export const rounded = (value: number): number => Math.round(value * 10) / 10;

/** Turns Infinity, which JSON does not have, into null. */
export const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Cuts a text to `most` characters. */
export const clipped = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

import { printable } from '../pool/index.js';

/** Makes a text safe for one log line: labels, names and messages may contain line breaks and control characters. */
export const onOneLine = (text: string): string => printable(text.replaceAll(/\s+/g, ' '));

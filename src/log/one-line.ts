import { printable } from '../pool/index.js';

/** A label, a name or a message may have anything in it; a line of the log stays one. */
export const onOneLine = (text: string): string => printable(text.replaceAll(/\s+/g, ' '));

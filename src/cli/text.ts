import { printable } from '../pool/index.js';

/**
 * Text of others on a terminal: made harmless, measured in columns, cut and padded. Everything that a label, a statement
 * or a server's answer brings along goes through `harmless` before it is shown.
 */

// Line breaks of every kind, and blanks in a row.
const BLANKS = /[\s\u0085]+/gu;

/** One line that a terminal only shows: no control, no change of direction. What would be obeyed stands there escaped. */
export const harmless = (text: string): string => printable(text.replace(BLANKS, ' ')).trim();

// East Asian wide and full-width, and emoji, as terminals draw them: in two columns.
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{16FE0}-\u{18AFF}\u{1B000}-\u{1B2FF}\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}|\uFE0F/u;
const MARKS = /^[\p{M}\u200C\u200D]+$/u;
const ASCII = /^[ -~]*$/;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

function columnsOf(grapheme: string): number {
  if (MARKS.test(grapheme)) return 0;
  return WIDE.test(grapheme) ? 2 : 1;
}

/** How many columns of a terminal the text takes; it must be harmless already. */
export function columnsIn(text: string): number {
  if (ASCII.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of graphemes.segment(text)) columns += columnsOf(segment);
  return columns;
}

/** At most so many columns of the text; what was cut off shows as `…`. */
export function cut(text: string, columns: number): string {
  if (columns <= 0) return '';
  // Longer than any line is: not to be measured to its end.
  const start = text.length > 4_000 ? text.slice(0, 4_000) : text;
  if (columnsIn(start) <= columns && start === text) return text;
  let taken = '';
  let room = columns - 1;
  for (const { segment } of graphemes.segment(start)) {
    room -= columnsOf(segment);
    if (room < 0) break;
    taken += segment;
  }
  return `${taken.trimEnd()}…`;
}

/** At most so many columns of the end of the text: what matters of a path is there. */
export function cutStart(text: string, columns: number): string {
  if (columns <= 0) return '';
  if (columnsIn(text) <= columns) return text;
  const segments = [...graphemes.segment(text.slice(-4 * columns))].map(({ segment }) => segment);
  let taken = '';
  let room = columns - 1;
  for (const segment of segments.toReversed()) {
    room -= columnsOf(segment);
    if (room < 0) break;
    taken = segment + taken;
  }
  return `…${taken.trimStart()}`;
}

/** The text in exactly so many columns, or more if it is longer. */
export function pad(text: string, columns: number, side: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, columns - columnsIn(text)));
  return side === 'left' ? text + blanks : blanks + text;
}

/** Words in lines of at most so many columns. A word that is longer has a line of its own, and is cut. */
export function wrap(text: string, columns: number, indent = ''): string[] {
  const room = Math.max(8, columns - indent.length);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && columnsIn(longer) > room) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line].map((each) => indent + (columns === Infinity ? each : cut(each, room)));
}

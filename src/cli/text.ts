import { printable } from '../pool/index.js';

/**
 * Shows untrusted text on a terminal: escapes it, measures it in columns, cuts and pads it. Labels, statements and what
 * a server has answered must go through `harmless` before they are shown.
 */

// Runs of white space, including every kind of line break.
const BLANKS = /[\s\u0085]+/gu;

/**
 * Makes one line that a terminal displays but does not interpret: control characters and characters that change the
 * direction of text are escaped.
 */
export const harmless = (text: string): string => printable(text.replace(BLANKS, ' ')).trim();

// Characters that terminals draw two columns wide: East Asian wide and full-width ones, and emoji.
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{16FE0}-\u{18AFF}\u{1B000}-\u{1B2FF}\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}|\uFE0F/u;
const MARKS = /^[\p{M}\u200C\u200D]+$/u;
const ASCII = /^[ -~]*$/;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

function columnsOf(grapheme: string): number {
  if (MARKS.test(grapheme)) return 0;
  return WIDE.test(grapheme) ? 2 : 1;
}

/** How many columns the text takes on a terminal. It must have gone through `harmless`. */
export function columnsIn(text: string): number {
  if (ASCII.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of graphemes.segment(text)) columns += columnsOf(segment);
  return columns;
}

/** Cuts the text to at most `columns`. A `…` stands for what was cut off. */
export function cut(text: string, columns: number): string {
  if (columns <= 0) return '';
  // No line is this long, so a very long text is not measured to its end.
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

/** Keeps at most `columns` of the end of the text, which is the important part of a path. */
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

/** Pads the text to `columns`, with the text on the given side. A longer text stays as it is. */
export function pad(text: string, columns: number, side: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, columns - columnsIn(text)));
  return side === 'left' ? text + blanks : blanks + text;
}

/** Wraps words into lines of at most `columns`. A word that is longer gets a line of its own and is cut. */
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

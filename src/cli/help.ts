import { COMMON_OPTIONS, type Command, type OptionSpec } from './command.js';
import { wrap } from './text.js';

const WIDEST = 100;

/** Joins blocks of lines with a blank line between them. */
const joined = (blocks: readonly (readonly string[])[]): string =>
  `${blocks.map((block) => block.join('\n')).join('\n\n')}\n`;

/** Formats pairs in two columns. The second column is wrapped; in a narrow terminal it goes below the first. */
function pairs(entries: readonly (readonly [string, string])[], width: number): string[] {
  const first = Math.max(...entries.map(([term]) => term.length)) + 4;
  if (width - first < 24) return entries.flatMap(([term, text]) => [`  ${term}`, ...wrap(text, width, '      ')]);
  return entries.flatMap(([term, text]) => {
    const lines = wrap(text, width - first);
    return lines.map((line, index) => (index === 0 ? `  ${term}`.padEnd(first) : ' '.repeat(first)) + line);
  });
}

/** What `mysqlpool --help` prints. */
export function overview(commands: readonly Command[], columns: number): string {
  const width = Math.min(columns - 1, WIDEST);
  return joined([
    wrap(
      'mysqlpool looks into the connection pools of running programs and at their settings, and is a gateway for programs in any language.',
      width,
    ),
    wrap('Usage: mysqlpool COMMAND [options]', width),
    pairs(
      commands.map(({ name, summary }) => [name, summary]),
      width,
    ),
    [
      ...wrap('mysqlpool help COMMAND tells more about one of them.', width),
      ...wrap('mysqlpool --version prints the version.', width),
    ],
  ]);
}

/** What `mysqlpool help COMMAND` prints. */
export function helpOf(command: Command, columns: number): string {
  const width = Math.min(columns - 1, WIDEST);
  const { name, operands, options, help, statuses } = command;
  const specs: [string, OptionSpec][] = Object.entries({ ...options, ...COMMON_OPTIONS });
  return joined([
    wrap(`Usage: mysqlpool ${[name, operands, '[options]'].filter((part) => part !== '').join(' ')}`, width),
    ...help.map((paragraph) => wrap(paragraph, width)),
    pairs(
      specs.map(([option, { value, help: text }]) => [
        value === undefined ? `--${option}` : `--${option} ${value}`,
        text,
      ]),
      width,
    ),
    wrap(
      `Exit status: ${Object.entries(statuses)
        .map(([status, text]) => `${status} ${text}`)
        .join('; ')}.`,
      width,
    ),
  ]);
}

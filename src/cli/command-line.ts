import { parseArgs } from 'node:util';
import { didYouMean } from '../pool/index.js';
import { COMMON_OPTIONS, type Command, type Given, type OptionSpec } from './command.js';
import { UsageError } from './failure.js';
import type { Io } from './io.js';
import { painter } from './paint.js';
import { cut, harmless } from './text.js';

// Matches a URL, which may contain a password or a token.
const AN_ADDRESS = /^([a-z][\w+.-]*:\/+).*/is;

/**
 * Quotes user input for an error message: cut to 60 columns, and of a URL only the scheme, so that no secret is shown.
 */
export const quoted = (text: string): string => `"${cut(harmless(text.replace(AN_ADDRESS, '$1…')), 60)}"`;

/**
 * Parses the arguments after the command's name.
 * @throws UsageError that names the option, what was expected and what was given
 */
export function readCommandLine(command: Command, args: readonly string[], io: Io): Given {
  const specs = { ...command.options, ...COMMON_OPTIONS };
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { value }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const values = new Map<string, string>();
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, value } = { ...token, name: token.rawName === '-h' ? 'help' : token.name };
    const spec =
      Object.hasOwn(specs, name) && (token.rawName.startsWith('--') || name === 'help') ? specs[name] : undefined;
    if (spec === undefined) refuseOption(command, token.rawName, specs);
    if (values.has(name)) throw new UsageError(`option "--${name}" is given twice`);
    values.set(name, valueOf(name, spec!, value, token.inlineValue === true));
  }
  if (operands.length > command.mostOperands && !values.has('help')) {
    refuseOperand(command, operands[command.mostOperands]!, specs);
  }
  return {
    operands,
    has: (name) => values.has(name),
    get: (name) => values.get(name),
    paint: painter(io, values.has('no-color')),
  };
}

const see = ({ name }: Command): string => `see mysqlpool help ${name}`;

function refuseOperand(command: Command, operand: string, specs: Readonly<Record<string, OptionSpec>>): never {
  const hint = Object.hasOwn(specs, 'url') && AN_ADDRESS.test(operand) ? ' (did you mean "--url URL"?)' : '';
  throw new UsageError(`unexpected ${quoted(operand)}${hint}; ${see(command)}`);
}

function refuseOption(command: Command, raw: string, specs: Readonly<Record<string, OptionSpec>>): never {
  const names = Object.keys(specs);
  const hint = didYouMean(raw.replace(/^-+/, ''), names).replace('"', '"--');
  throw new UsageError(`unknown option ${quoted(raw)}${hint}; ${see(command)}`);
}

function valueOf(name: string, spec: OptionSpec, value: string | undefined, isInline: boolean): string {
  if (spec.value === undefined) {
    // The message does not show the value: it may be a secret that was meant for another option.
    if (value !== undefined) throw new UsageError(`option "--${name}" takes no value`);
    return '';
  }
  if (value === undefined || value === '' || (!isInline && value.startsWith('--'))) {
    throw new UsageError(`option "--${name}" needs a value: --${name} ${spec.value}`);
  }
  return value;
}

/**
 * The value of an option as a whole number; undefined if the option is not given.
 * @throws UsageError if it is no whole number from `least` to `most`
 */
export function wholeNumber(given: Given, name: string, least: number, most: number): number | undefined {
  const text = given.get(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d{1,15}$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(`option "--${name}": expected a whole number from ${least} to ${most}, got ${quoted(text)}`);
}

import type { ExitStatus } from './exit-status.js';
import type { Io } from './io.js';
import type { Paint } from './paint.js';

/** One option of a command. */
export interface OptionSpec {
  /** The name of its value, such as `PORT`; undefined for a switch. */
  readonly value?: string;
  readonly help: string;
}

/** A parsed command line. */
export interface Given {
  /** The arguments that are no options, in order. */
  readonly operands: readonly string[];
  has(name: string): boolean;
  get(name: string): string | undefined;
  /** Colours text or leaves it plain, depending on the command line, the environment and the terminal. */
  readonly paint: Paint;
}

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What follows the command's name in the usage line, such as `[URL]`. */
  readonly operands: string;
  /** The largest number of operands that is allowed. */
  readonly mostOperands: number;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** The description for the help, in paragraphs. */
  readonly help: readonly string[];
  /** The meaning of each exit status, for the help. */
  readonly statuses: Readonly<Partial<Record<ExitStatus, string>>>;
  readonly run: (given: Given, io: Io) => Promise<ExitStatus>;
}

/** The options that every command accepts. */
export const COMMON_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  'no-color': { help: 'no colour, not even on a terminal' },
  help: { help: 'this text' },
};

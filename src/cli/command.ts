import type { ExitStatus } from './exit-status.js';
import type { Io } from './io.js';
import type { Paint } from './paint.js';

/** One option of a command. */
export interface OptionSpec {
  /** The name of its value, such as `PORT`; undefined for a switch. */
  readonly value?: string;
  readonly help: string;
}

/** The options as they were given. */
export interface Given {
  /** What is no option, in order. */
  readonly operands: readonly string[];
  has(name: string): boolean;
  get(name: string): string | undefined;
  /** Colour, or none, as the command line and the environment want it. */
  readonly paint: Paint;
}

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What stands after the command's name, such as `[URL]`. */
  readonly operands: string;
  /** How many operands there may be. */
  readonly mostOperands: number;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** What it does, in paragraphs. */
  readonly help: readonly string[];
  /** Its exit statuses, in words. */
  readonly statuses: Readonly<Partial<Record<ExitStatus, string>>>;
  readonly run: (given: Given, io: Io) => Promise<ExitStatus>;
}

/** Taken by every command. */
export const COMMON_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  'no-color': { help: 'no colour, not even on a terminal' },
  help: { help: 'this text' },
};

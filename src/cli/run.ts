import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { didYouMean } from '../pool/index.js';
import type { Command } from './command.js';
import { quoted, readCommandLine } from './command-line.js';
import { EXIT, type ExitStatus } from './exit-status.js';
import { Failure, UsageError } from './failure.js';
import { helpOf, overview } from './help.js';
import { widthOf, type Io } from './io.js';

/** Runs one command line. An expected failure is printed as one line on stderr; any other error is thrown. */
export async function run(commands: readonly Command[], args: readonly string[], io: Io): Promise<ExitStatus> {
  try {
    return await dispatch(commands, args, io);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    io.stderr.write(`mysqlpool: ${error.message}\n`);
    return error.status;
  }
}

async function dispatch(commands: readonly Command[], args: readonly string[], io: Io): Promise<ExitStatus> {
  const [first, ...rest] = args;
  const width = widthOf(io.stdout);
  if (first === undefined) throw new UsageError('which command? See mysqlpool --help');
  if (first === '--version' || first === '-v') return say(io, `${version()}\n`);
  if (first === '--help' || first === '-h' || (first === 'help' && (rest.length === 0 || rest[0] === '--help'))) {
    return say(io, overview(commands, width));
  }
  if (first === 'help') {
    if (rest.length > 1) throw new UsageError(`unexpected ${quoted(rest[1]!)}; see mysqlpool --help`);
    return say(io, helpOf(find(commands, rest[0]!), width));
  }
  const command = find(commands, first);
  const given = readCommandLine(command, rest, io);
  return given.has('help') ? say(io, helpOf(command, width)) : command.run(given, io);
}

function say(io: Io, text: string): ExitStatus {
  io.stdout.write(text);
  return EXIT.fine;
}

function find(commands: readonly Command[], name: string): Command {
  const command = commands.find((each) => each.name === name);
  if (command !== undefined) return command;
  const names = [...commands.map((each) => each.name), 'help'];
  const kind = name.startsWith('-') ? 'option' : 'command';
  const known = kind === 'option' ? ['--help', '--version'] : names;
  throw new UsageError(`unknown ${kind} ${quoted(name)}${didYouMean(name, known)}; see mysqlpool --help`);
}

/** The version of this package, from its package.json. */
export function version(): string {
  // This file becomes dist/cli/run.js, two folders below the package's root.
  const { version: text } = JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  return text;
}

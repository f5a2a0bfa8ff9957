import type { MonitorClient } from '../../monitor/index.js';
import type { Command, Given } from '../command.js';
import { concernsOf } from '../concerns.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { widthOf, type Io } from '../io.js';
import { findMonitor, reportOf } from '../monitor-client.js';
import type { Paint } from '../paint.js';
import { follow } from './follow.js';
import { frame, type Sight } from './frame.js';
import { plainLines } from './plain-lines.js';
import { Screen } from './screen.js';

export const top: Command = {
  name: 'top',
  summary: 'the same, refreshed each second, with loans, waiters, leaks and events',
  operands: '[URL]',
  mostOperands: 1,
  options: { once: { help: 'all of it once, without taking the window' } },
  help: [
    'Shows the pools of a running program in the whole window, refreshed each second: pools, the worst first; what is wrong; ' +
      'suspected leaks; loans by age with the line of code that took them and the statement they ran last; callers in line; ' +
      'events. q or Ctrl-C ends it. When the program goes away it says so, and goes on when it is back.',
    'Where there is no terminal it prints a line a second for each pool. See mysqlpool help status for the address and its token.',
  ],
  statuses: {
    [EXIT.fine]: 'ended by q, Ctrl-C or a signal, or with --once: nothing is wrong',
    [EXIT.wrong]: 'with --once: something is wrong, as for status',
    [EXIT.usage]: 'a mistake on the command line',
    [EXIT.unreachable]: 'no monitor answers',
  },
  run,
};

async function run(given: Given, io: Io): Promise<ExitStatus> {
  const client = findMonitor(given.operands[0], io.env);
  if (given.has('once')) return once(client, io, given.paint);
  const isTerminal = io.stdout.isTTY === true && io.env['TERM'] !== 'dumb';
  await (isTerminal ? inWindow(client, io, given.paint) : inLines(client, io));
  return EXIT.fine;
}

// More rows than any report needs.
const ALL_ROWS = 10_000;

async function once(client: MonitorClient, io: Io, paint: Paint): Promise<ExitStatus> {
  const report = await reportOf(client, io.signal);
  const columns = Math.min(widthOf(io.stdout), 200);
  io.stdout.write(
    `${frame({ url: client.url, report, trouble: undefined, isOnce: true }, columns, ALL_ROWS, paint).join('\n')}\n`,
  );
  return concernsOf(report).length === 0 ? EXIT.fine : EXIT.wrong;
}

const LEAST_PAUSE = 500; // ms

async function inLines(client: MonitorClient, io: Io): Promise<void> {
  let lastProblem: string | undefined;
  let lastAt = -Infinity;
  for await (const { report, problem, word } of follow(client, io.signal)) {
    // The same problem is not printed again at each attempt to connect.
    const isNew = problem === undefined || problem !== lastProblem;
    if (word !== undefined && isNew) io.stderr.write(`mysqlpool: ${word}\n`);
    lastProblem = problem;
    // A new stream sends a report at once, which may come shortly after the last one: it is skipped.
    if (report === undefined || report.at - lastAt < LEAST_PAUSE) continue;
    lastAt = report.at;
    io.stdout.write(`${plainLines(report).join('\n')}\n`);
  }
}

async function inWindow(client: MonitorClient, io: Io, paint: Paint): Promise<void> {
  const over = new AbortController();
  let sight: Sight | undefined;
  const draw = (): void => {
    if (sight !== undefined) screen.draw(frame(sight, screen.columns, screen.rows, paint));
  };
  const onKey = (key: string): void => {
    // In raw mode Ctrl-C and Ctrl-D arrive as characters, not as signals.
    if (['q', 'Q', '\u0003', '\u0004'].includes(key)) over.abort();
  };
  // An exception that escapes from a listener would crash the process. Here it ends the loop below and is thrown there.
  const onResize = (): void => attempt(draw, over);
  const screen = new Screen(io.stdout, io.stdin, { key: onKey, resize: onResize });
  const forget = io.atExit(() => screen.leave());
  try {
    for await (const { report, word } of follow(client, AbortSignal.any([io.signal, over.signal]))) {
      // The screen is taken over only once there is something to show: if the monitor never answers, the error is
      // printed as by any other command.
      if (sight === undefined) screen.enter();
      if (report !== undefined) sight = { url: client.url, report, trouble: word, isOnce: false };
      else if (sight !== undefined) sight = { ...sight, trouble: word };
      draw();
    }
  } finally {
    screen.leave();
    forget();
  }
  if (over.signal.reason instanceof DrawError) throw over.signal.reason.cause;
}

class DrawError extends Error {}

function attempt(draw: () => void, over: AbortController): void {
  try {
    draw();
  } catch (cause) {
    over.abort(new DrawError('cannot draw', { cause }));
  }
}

import type { MonitorReport } from '../monitor/report.js';
import type { Command, Given } from './command.js';
import { concernsOf, type Concern } from './concerns.js';
import { EXIT, type ExitStatus } from './exit-status.js';
import { widthOf, type Io } from './io.js';
import { jsonText } from './json-text.js';
import { findMonitor, reportOf } from './monitor-client.js';
import { plain, type Paint } from './paint.js';
import { poolRows, poolTable, processLine } from './pool-view.js';
import { cut, harmless, wrap } from './text.js';

export const status: Command = {
  name: 'status',
  summary: 'what the pools of a running program are like now',
  operands: '[URL]',
  mostOperands: 1,
  options: { json: { help: 'the whole report of the monitor, as JSON in one line' } },
  help: [
    'Asks the monitor of a running program (startMonitor, or MYSQLPOOL_MONITOR with node-mysqlpool/register) once, and ' +
      'prints its pools, the worst first. URL is its address: http://HOST:PORT, HOST:PORT or PORT; without one that of ' +
      'MYSQLPOOL_MONITOR.',
    'A token goes into MYSQLPOOL_MONITOR_TOKEN, or behind the address: ?token=… (where the list of processes shows it).',
  ],
  statuses: {
    [EXIT.fine]: 'nothing is wrong',
    [EXIT.wrong]:
      'something is wrong: callers wait for more than a second or went away without a connection in the last minute, a pool ' +
      'is at its limit, or waits for one over several pools, with callers in line, connecting failed in the last minute, a ' +
      'leak is suspected, or one of several processes tells nothing',
    [EXIT.usage]: 'a mistake on the command line',
    [EXIT.unreachable]: 'no monitor answers',
  },
  run,
};

async function run(given: Given, io: Io): Promise<ExitStatus> {
  const report = await reportOf(findMonitor(given.operands[0], io.env), io.signal);
  const text = given.has('json') ? jsonText(report) : statusLines(report, widthOf(io.stdout), given.paint).join('\n');
  io.stdout.write(`${text}\n`);
  return concernsOf(report).length === 0 ? EXIT.fine : EXIT.wrong;
}

/** Formats the report for people, in lines of at most `columns`. */
export function statusLines(report: MonitorReport, columns: number, paint: Paint = plain): string[] {
  const width = columns - 1;
  const rows = poolRows(report);
  return [
    ...report.processes.map((process) => cut(processLine(process, report.at), width)),
    '',
    ...(rows.length === 0 ? ['No pool is open.'] : poolTable(rows, width, paint)),
    '',
    ...concernLines(concernsOf(report), width, paint),
  ];
}

/** A paragraph for each concern, or a line which says that there is none. */
function concernLines(concerns: readonly Concern[], width: number, paint: Paint): string[] {
  if (concerns.length === 0) return [paint('green', 'Nothing is wrong.')];
  return concerns.flatMap((concern) => {
    const [first = '', ...rest] = wrap(concernText(concern), width, '  ');
    return [paint('red', '!') + first.slice(1), ...rest];
  });
}

export function concernText({ process, pool, text }: Concern): string {
  return harmless(`${pool === undefined ? process.id : pool.stats.name}: ${text}`);
}

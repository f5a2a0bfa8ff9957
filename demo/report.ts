import type { ActResult } from './acts.js';
import type { DemoOptions } from './options.js';
import type { Paint, Style } from './paint.js';
import { brokenPromises } from './promises.js';
import { wrap } from './wrap.js';

/** An act that was not played, and why. */
export interface LeftOut {
  readonly name: string;
  readonly reason: string;
}

const HEADINGS = ['act', 'sessions', 'operations', 'failures', 'peak', 'bystander', 'verdict'] as const;
const VICTIMS = { database: 'the database', 'ftp-server': 'the FTP server that they were on' } as const;
const LEGEND =
  'peak: connections of the FTP server, counted by the database; bystander: answered / refused while the database was up';

function verdict(result: ActResult, limit: number): [Style, string] {
  if (brokenPromises(result, limit).length > 0) return ['red', 'BROKEN'];
  if (result.act.name !== 'without-pool') return ['green', 'kept'];
  return result.bystanderFailed > 0 ? ['yellow', 'exhausted'] : ['yellow', 'had room'];
}

function cells(result: ActResult, limit: number): string[] {
  return [
    `${result.act.number} ${result.act.label}`,
    String(result.sessionsServed),
    String(result.operations),
    String(result.failures),
    String(result.peakServerConnections),
    `${result.bystanderOk} / ${result.bystanderFailed}`,
    verdict(result, limit)[1],
  ];
}

/** The summary of an act in one line, printed when it ends. */
export function actLine(result: ActResult, limit: number): string {
  const { act, sessionsServed, failures, peakServerConnections, bystanderOk, bystanderFailed } = result;
  return (
    `Act ${act.number}, ${act.title}: ${sessionsServed} sessions served, ${failures} failed; ` +
    `${peakServerConnections} connections at most; bystander ${bystanderOk} ok, ${bystanderFailed} failed: ` +
    `${verdict(result, limit)[1]}`
  );
}

/** The results as a table or, if that is wider than `columns`, as a list. */
export function table(results: readonly ActResult[], limit: number, columns: number, paint: Paint): string {
  const rows = results.map((result) => cells(result, limit));
  const widths = HEADINGS.map((heading, i) => Math.max(heading.length, ...rows.map((row) => row[i]!.length)));
  const colour = (row: number, text: string): string => paint(verdict(results[row]!, limit)[0], text);
  if (widths.reduce((sum, width) => sum + width + 2, -2) > columns) {
    const list = rows.map((row, r) =>
      [
        paint('bold', row[0]!),
        ...HEADINGS.slice(1).map((heading, i) => {
          const cell = row[i + 1]!;
          return `  ${heading.padEnd(12)}${heading === 'verdict' ? colour(r, cell) : cell}`;
        }),
      ].join('\n'),
    );
    return [...list, '', wrap(LEGEND, columns)].join('\n');
  }
  const line = (row: readonly string[]): string[] =>
    row.map((cell, i) => (i === 0 || i === 6 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)));
  const head = paint('bold', line(HEADINGS).join('  ').trimEnd());
  const body = rows.map((row, r) => {
    const padded = line(row);
    return [...padded.slice(0, -1), colour(r, padded.at(-1)!.trimEnd())].join('  ');
  });
  return [head, ...body, '', wrap(LEGEND, columns)].join('\n');
}

/** Explanations of the figures, one per line. */
export function notes(results: readonly ActResult[], limit: number, leftOut: readonly LeftOut[]): string[] {
  const lines: string[] = [];
  for (const result of results) {
    const act = `Act ${result.act.number}`;
    if (result.act.name === 'without-pool' && result.bystanderError !== undefined) {
      lines.push(
        `${act}: the bystander was told "${result.bystanderError}"; ${result.neverServed} clients never got in.`,
      );
    }
    if (result.act.name === 'without-pool' && result.bystanderFailed === 0) {
      lines.push(`${act}: so few clients do not exhaust this database; try more.`);
    }
    if (result.outage > 0) {
      lines.push(
        `${act}: the database was away for ${(result.outage / 1000).toFixed(1)} s; the bystander failed ${result.bystanderFailedInOutage} times then, which breaks no promise. ` +
          `All ${result.uploads - result.uploadsMissing} of ${result.uploads} acknowledged uploads are there.`,
      );
    }
    if (result.takenOver !== undefined) {
      lines.push(
        `${act}: the connections of the FTP server that was killed were used by the others after ${(result.takenOver / 1000).toFixed(1)} s. ` +
          `All ${result.uploads - result.uploadsMissing} of ${result.uploads} acknowledged uploads are there.`,
      );
    }
    const broken = brokenPromises(result, limit);
    if (result.failures > 0 && result.act.kill !== undefined && broken.length === 0) {
      lines.push(
        `${act}: ${result.failures} sessions failed because ${VICTIMS[result.act.kill]} was killed, which breaks no promise: ` +
          'their clients logged in again, and everybody was served.',
      );
    }
    for (const each of broken) lines.push(`${act}: promise broken: ${each}.`);
    if (broken.length > 0) {
      const errors = Object.entries(result.ftpErrors).toSorted(([, a], [, b]) => b - a);
      for (const [message, times] of errors.slice(0, 3)) {
        lines.push(`${act}: the FTP server logged ${times} times: ${message}`);
      }
    }
  }
  for (const { name, reason } of leftOut) lines.push(`Left out: ${name}: ${reason}.`);
  return lines;
}

export function closingSentence(results: readonly ActResult[], { clients, limit }: DemoOptions): string {
  if (results.some((result) => brokenPromises(result, limit).length > 0))
    return 'mysqlpool broke a promise; see above.';
  const killed = results.some((result) => result.outage > 0) ? ', and when the database died they lost nothing' : '';
  return `${clients} FTP clients shared at most ${limit} connections, the bystander always got in${killed}.`;
}

/** The object that `--json` prints. It has `leftOut` only if an act was left out. */
export function jsonReport(results: readonly ActResult[], options: DemoOptions, leftOut: readonly LeftOut[]): object {
  return {
    limit: options.limit,
    clients: options.clients,
    seconds: options.seconds,
    acts: results.map((result) => ({
      name: result.act.name,
      sessionsServed: result.sessionsServed,
      operations: result.operations,
      failures: result.failures,
      peakServerConnections: result.peakServerConnections,
      bystanderOk: result.bystanderOk,
      bystanderFailed: result.bystanderFailed,
    })),
    ...(leftOut.length > 0 ? { leftOut } : {}),
  };
}

import type { LiveAct } from './live-act.js';
import type { Paint } from './paint.js';

const LABEL_WIDTH = 13;

/** As many of the parts as fit into the width; at least the first one, cut off if necessary. */
export function fit(parts: readonly string[], width: number): string {
  let text = '';
  for (const part of parts) {
    const longer = text ? `${text}, ${part}` : part;
    if (text && longer.length > width) break;
    text = longer;
  }
  return text.length > width ? text.slice(0, Math.max(0, width)) : text;
}

function bar(value: number, of: number, width: number): string {
  const full = Math.min(width, Math.round((value / Math.max(1, of)) * width));
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}]`;
}

const connections = (live: LiveAct): string[] => [
  `${live.connections} of ${live.maxConnections}`,
  `${live.peakConnections} at most`,
];
const served = (live: LiveAct): string[] => [
  `${live.sum('sessionsServed')} served`,
  `${live.sum('failures')} failed`,
  `${live.sum('operations')} operations`,
];
const bystander = ({ bystander: { ok, failed, failedInOutage } }: LiveAct): string[] => [
  `${ok} ok`,
  `${failed} failed`,
  ...(failedInOutage > 0 ? [`${failedInOutage} in the outage`] : []),
];
const pool = ({ pool: figures }: LiveAct): string[] =>
  figures ? [`${figures.inUse} in use`, `${figures.waiters} waiting`] : ['none'];
const clock = ({ elapsed, seconds }: LiveAct): string =>
  elapsed < seconds ? `${Math.floor(elapsed)} of ${seconds} s` : `finishing`;

/** The state of an act as lines for a terminal, none wider than the terminal. */
export function liveLines(live: LiveAct, columns: number, paint: Paint): string[] {
  const width = Math.max(10, columns - 1);
  const title = `Act ${live.act.number}: ${live.act.title}`;
  const barWidth = Math.min(30, width - clock(live).length - 5);
  const row = (label: string, parts: readonly string[], bad = false): string => {
    const text = fit(parts, width - LABEL_WIDTH);
    return `  ${label.padEnd(LABEL_WIDTH - 2)}${bad ? paint('red', text) : text}`;
  };
  const lines = [
    paint('bold', title.slice(0, width)),
    barWidth > 5 ? `  ${bar(live.elapsed, live.seconds, barWidth)} ${clock(live)}` : `  ${clock(live)}`,
    row('clients', [`${live.sum('active')} of ${live.clientCount} in a session`]),
    row('sessions', served(live)),
    row('database', connections(live), live.connections >= live.maxConnections - 1),
    row('pool', pool(live)),
    row('bystander', bystander(live), live.bystander.failed > 0),
  ];
  const failure = live.bystander.lastError ?? live.lastFailure;
  if (failure !== undefined) lines.push(row('last error', [failure.replaceAll(/\s+/g, ' ')], true));
  return lines;
}

/** The state of an act as one line, for output that is no terminal. */
export function plainLine(live: LiveAct): string {
  const parts = [
    served(live).join(', '),
    `connections ${connections(live).join(', ')}`,
    ...(live.pool ? [`pool ${pool(live).join(', ')}`] : []),
    `bystander ${bystander(live).join(', ')}`,
  ];
  return `act ${live.act.number}, ${clock(live)}: ${parts.join('; ')}`;
}

import type { AccountSession } from './ask-account.js';

/** The sessions of one process, or of one host if the server does not tell which process has which session. */
export interface FleetProcess {
  readonly program: string | undefined;
  readonly host: string;
  readonly pid: number | undefined;
  /** The names of its pools. */
  readonly pools: readonly string[];
  readonly sessions: number;
  readonly running: number;
  readonly idle: number;
  /** For how long (s) the longest statement has been running; undefined when none does. */
  readonly longestStatement: number | undefined;
  /** For how long (s) the longest idle session has been silent; undefined if none is idle. */
  readonly longestSilence: number | undefined;
}

/** Groups sessions by process, those with the most sessions first. */
export function processesOf(sessions: readonly AccountSession[]): FleetProcess[] {
  const groups = new Map<string, AccountSession[]>();
  for (const session of sessions) {
    const key = JSON.stringify([session.host, session.attributes.get('_pid'), session.attributes.get('program_name')]);
    groups.set(key, [...(groups.get(key) ?? []), session]);
  }
  return [...groups.values()]
    .map((members) => processOf(members))
    .toSorted((a, b) => b.sessions - a.sessions || a.host.localeCompare(b.host) || (a.pid ?? 0) - (b.pid ?? 0));
}

function processOf(members: readonly AccountSession[]): FleetProcess {
  const { host, attributes } = members[0]!;
  const pools = members.map((member) => member.attributes.get('pool_name')).filter((name) => name !== undefined);
  const idle = members.filter(({ isIdle }) => isIdle);
  const running = members.filter(({ isIdle }) => !isIdle);
  const pid = attributes.get('_pid');
  return {
    program: attributes.get('program_name'),
    host,
    pid: pid === undefined || !/^\d+$/.test(pid) ? undefined : Number(pid),
    pools: [...new Set(pools)].toSorted(),
    sessions: members.length,
    running: running.length,
    idle: idle.length,
    longestStatement: longest(running),
    longestSilence: longest(idle),
  };
}

const longest = (sessions: readonly AccountSession[]): number | undefined =>
  sessions.length === 0 ? undefined : Math.max(...sessions.map(({ seconds }) => seconds));

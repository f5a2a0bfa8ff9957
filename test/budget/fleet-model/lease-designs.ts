import type { Design } from './explore.js';

/** One process, as it sees itself, as the coordinator sees it, and as the server does. */
interface Member {
  /** It may stand still, as under SIGSTOP, in a long pause of the garbage collector, or behind a cut network. */
  readonly isFrozen: boolean;
  /** Leave to have so many connections, as it believes; and as the coordinator has it in its books. */
  readonly believed: number;
  readonly leased: number;
  /** Logins that it has sent and that the server has not answered yet: one at most. */
  readonly dialling: number;
  /** What the server has admitted. */
  readonly sessions: number;
}

type Members = readonly Member[];

export interface LeaseDesign {
  readonly processes: number;
  readonly limit: number;
  /** Before a lease is taken from a process, the sessions that the server has of it are killed. */
  readonly reaps: boolean;
  /** The server itself refuses a login of an account that has as many sessions as it may. */
  readonly accountCap: boolean;
}

/**
 * Leases with a time-to-live, handed out by a coordinator, as every library for Redis does it. A lease lapses when its
 * process has not renewed it, which can only be when the process stands still: clocks are perfect here.
 */
export function leases({ processes, limit, reaps, accountCap }: LeaseDesign): Design<Members> {
  const idle: Member = { isFrozen: false, believed: 0, leased: 0, dialling: 0, sessions: 0 };
  return {
    start: Array.from({ length: processes }, () => idle),

    *steps(members) {
      const leased = sum(members, 'leased');
      const sessions = sum(members, 'sessions');
      for (const [index, member] of members.entries()) {
        const { isFrozen, believed, dialling } = member;
        const to = (change: Partial<Member>): Members => members.with(index, { ...member, ...change });
        const name = `process ${index + 1}`;
        // The server works on, whatever the process does.
        if (dialling > 0) {
          const isFull = accountCap && sessions >= limit;
          yield isFull
            ? [`the server refuses ${name}`, to({ dialling: dialling - 1 })]
            : [`the server admits ${name}`, to({ dialling: dialling - 1, sessions: member.sessions + 1 })];
        }
        if (isFrozen) {
          if (member.leased > 0) {
            const left = reaps ? { leased: 0, sessions: 0 } : { leased: 0 };
            yield [reaps ? `${name} is reaped, its lease lapses` : `the lease of ${name} lapses`, to(left)];
          }
          yield [`${name} goes on`, to(awake(member))];
          continue;
        }
        yield [`${name} freezes`, to({ isFrozen: true })];
        if (leased < limit) yield [`${name} takes a lease`, to({ believed: believed + 1, leased: member.leased + 1 })];
        // One at a time.
        if (dialling === 0 && member.sessions < believed) yield [`${name} dials`, to({ dialling: dialling + 1 })];
        if (member.sessions > believed) {
          yield [`${name} closes what it has no lease for`, to({ sessions: member.sessions - 1 })];
        } else if (member.sessions > 0) {
          const less = { believed: believed - 1, leased: member.leased - 1, sessions: member.sessions - 1 };
          yield [`${name} closes a connection`, to(less)];
        }
      }
    },

    violation(members) {
      const sessions = sum(members, 'sessions');
      return sessions > limit ? `the server has ${sessions} sessions, the limit is ${limit}` : undefined;
    },
  };
}

/** The first thing it does is to look whether it still has its lease; if not, it gives up what it has. */
function awake(member: Member): Partial<Member> {
  if (member.leased === member.believed) return { isFrozen: false };
  // What it has dialled it will close once it is there: until then the server has a session the more.
  return { isFrozen: false, believed: member.leased, sessions: Math.min(member.sessions, member.leased) };
}

const sum = (members: Members, what: 'leased' | 'sessions'): number =>
  members.reduce((total, member) => total + member[what], 0);

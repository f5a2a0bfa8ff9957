import type { Design } from './explore.js';

/**
 * A session on the server: it has logged in and asks for a slot; it owns one; it has just been reset, which gives its
 * slot up; or its process takes it for usable although it owns none.
 */
type Session = 'probing' | 'owner' | 'reset' | 'unlocked';

interface Member {
  readonly isGone: boolean;
  /** In no order: two of a kind are alike. */
  readonly sessions: readonly Session[];
}

type Members = readonly Member[];

export interface SlotDesign {
  readonly processes: number;
  /** How many named locks there are. */
  readonly limit: number;
  /** After a reset the session asks for a slot again before anybody gets it. */
  readonly claimsAgain: boolean;
}

/**
 * Named locks as slots, each owned by the data session itself. A session is lent only while it owns one. What a process
 * leaves behind when it vanishes ends one by one, whenever the server notices.
 */
export function slots({ processes, limit, claimsAgain }: SlotDesign): Design<Members> {
  return {
    start: Array.from({ length: processes }, () => ({ isGone: false, sessions: [] })),

    *steps(members) {
      const isFree = count(members, 'owner') < limit;
      for (const [index, member] of members.entries()) {
        const name = `process ${index + 1}`;
        const to = (sessions: readonly Session[], isGone = member.isGone): Members =>
          members.with(index, { isGone, sessions: sessions.toSorted() });
        const without = (kind: Session, ...more: Session[]): Members =>
          to([...member.sessions.toSpliced(member.sessions.indexOf(kind), 1), ...more]);
        if (member.isGone) {
          for (const kind of new Set(member.sessions)) yield [`the server ends a session of ${name}`, without(kind)];
          if (member.sessions.length === 0) yield [`${name} starts again`, to([], false)];
          continue;
        }
        if (member.sessions.length > 0) yield [`${name} vanishes`, to(member.sessions, true)];
        // One at a time, and no more in all than the process could use.
        if (!member.sessions.includes('probing') && member.sessions.length < limit)
          yield [`${name} logs in`, to([...member.sessions, 'probing'])];
        for (const kind of new Set(member.sessions)) {
          if (kind === 'owner') {
            yield [`${name} resets a session`, without('owner', claimsAgain ? 'reset' : 'unlocked')];
            yield [`${name} closes a session`, without('owner')];
          } else if (kind === 'unlocked') yield [`${name} closes a session`, without('unlocked')];
          else if (isFree) yield [`${name} gets a slot`, without(kind, 'owner')];
          else yield [`${name} gets no slot, and closes`, without(kind)];
        }
      }
    },

    violation(members) {
      const usable = count(members, 'owner') + count(members, 'unlocked');
      if (usable > limit) return `${usable} sessions are usable, the limit is ${limit}`;
      const raw = members.reduce((total, { sessions }) => total + sessions.length, 0);
      const bound = limit + count(members, 'probing') + count(members, 'reset');
      return raw > bound ? `the server has ${raw} sessions, the bound is ${bound}` : undefined;
    },
  };
}

const count = (members: Members, kind: Session): number =>
  members.reduce((total, { sessions }) => total + sessions.filter((session) => session === kind).length, 0);

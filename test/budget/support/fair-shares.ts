/** The reference for the script of the Redis coordinator: a simpler implementation, which must give the same shares. */

/** What a member of a fleet asks of the limit that all members share. */
export interface Claim {
  /** Unique. Breaks ties between members with equal claims, so that the result is deterministic. */
  readonly id: string;
  /** How many connections the member could use: those in use, and one for each waiter. */
  readonly want: number;
  /** How many connections the member keeps even if they are idle. */
  readonly floor: number;
  /** The relative size of the member's share: a member of weight 2 is due twice as many as one of weight 1. */
  readonly weight: number;
}

interface Growing {
  readonly claim: Claim;
  readonly most: number;
  share: number;
}

/**
 * Divides a limit among members, weighted max-min fair: no share exceeds what the member wants (or its floor, if that
 * is more), and no share could grow without cutting one that is already smaller, relative to its weight. Floors are
 * served first, unless their sum exceeds the limit: then they count as ordinary demand, since otherwise some members
 * would get nothing. Shares are whole numbers. The same claims always give the same result, so that a connection that
 * is left over does not move between members.
 * @param limit a whole number
 * @returns the share of each member, by id
 */
export function fairShares(limit: number, claims: readonly Claim[]): Map<string, number> {
  let floors = 0;
  for (const { floor } of claims) floors += floor;
  const fit = floors <= limit;
  const members = claims.map((claim): Growing => ({
    claim,
    most: Math.max(claim.want, claim.floor),
    share: fit ? claim.floor : 0,
  }));
  let left = fit ? limit - floors : limit;
  left -= fill(members, left);
  handOut(members, left);
  return new Map(members.map(({ claim, share }) => [claim.id, share]));
}

/**
 * Water-filling: all shares grow in proportion to their weights, each from its floor up to what it wants, until the
 * limit is reached. Returns how many connections were given; rounding leaves less than one for each member that could
 * still grow.
 */
function fill(members: readonly Growing[], left: number): number {
  const level = levelOf(members, left);
  let given = 0;
  for (const member of members) {
    // Computed slightly too low, since floating-point error must not grant one too many: that could not be taken back.
    const full = Math.min(member.most, Math.floor(level * member.claim.weight * (1 - Number.EPSILON * 8)));
    if (full <= member.share) continue;
    given += full - member.share;
    member.share = full;
  }
  return given;
}

/** The level, in connections for a weight of 1, at which `left` connections have been given out. */
function levelOf(members: readonly Growing[], left: number): number {
  const turns: { readonly at: number; readonly change: number }[] = [];
  for (const { claim, most, share } of members) {
    if (most <= share) continue;
    turns.push({ at: share / claim.weight, change: claim.weight }, { at: most / claim.weight, change: -claim.weight });
  }
  turns.sort((a, b) => a.at - b.at);
  let level = 0;
  let speed = 0;
  let rest = left;
  for (const { at, change } of turns) {
    const needed = speed * (at - level);
    if (needed >= rest && speed > 0) return level + rest / speed;
    rest -= needed;
    level = at;
    speed += change;
  }
  return level;
}

/**
 * Hands out the rest one by one, each to the member with the least share for its weight; on a tie, to the lowest id.
 */
function handOut(members: readonly Growing[], left: number): void {
  const byId = members.toSorted((a, b) => (a.claim.id < b.claim.id ? -1 : 1));
  for (let rest = left; rest > 0; rest--) {
    let next: Growing | undefined;
    for (const member of byId) {
      if (member.share >= member.most) continue;
      if (next === undefined || nextLevel(member) < nextLevel(next)) next = member;
    }
    if (next === undefined) return;
    next.share++;
  }
}

const nextLevel = ({ claim, share }: Growing): number => (share + 1) / claim.weight;

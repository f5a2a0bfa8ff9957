/** What a member of a fleet wants of the limit that all of them share. */
export interface Claim {
  /** Decides between members that are alike, always in the same way; no two are the same. */
  readonly id: string;
  /** How many connections it could use: in use, and wanted by those who wait. */
  readonly want: number;
  /** How many it keeps although nobody uses them. */
  readonly floor: number;
  /** How much more than others it is due: a member of weight 2 twice as many as one of weight 1. */
  readonly weight: number;
}

interface Growing {
  readonly claim: Claim;
  readonly most: number;
  share: number;
}

/**
 * Divides a limit among those who share it, max-min fair: nobody has more than it wants (or its floor, if that is more),
 * and nobody could have more without somebody having less who has less already, for its weight. Floors come first, unless
 * they alone exceed the limit: then they are wishes like all others, and nobody is left with nothing for them. Whole
 * numbers; equal claims give equal answers, whatever was given before, so that an odd connection does not wander.
 * @param limit a whole number
 * @returns the share of each, by id
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
 * Raises the water: all shares grow by their weights, each from its floor up to what it wants, until nothing is left.
 * Returns how many were given; what is left is less than one for each that still grows.
 */
function fill(members: readonly Growing[], left: number): number {
  const level = levelOf(members, left);
  let given = 0;
  for (const member of members) {
    // A hair below: what rounding would grant too much could not be taken back.
    const full = Math.min(member.most, Math.floor(level * member.claim.weight * (1 - Number.EPSILON * 8)));
    if (full <= member.share) continue;
    given += full - member.share;
    member.share = full;
  }
  return given;
}

/** The height of the water, in connections for a weight of 1, at which `left` more are given out. */
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

/** The odd ones, one by one: to whoever then has least for its weight, of equals to the first by id. */
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

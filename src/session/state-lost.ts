/** What statements set that are undone when their connection comes back. */
const KINDS: readonly (readonly [kind: string, says: RegExp])[] = [
  ['a named lock', /\bget_lock\s*\(/i],
  ['a user variable', /^\s*set\s+@(?!@)|\binto\s+@(?!@)|@[\w$.`'"]+\s*:=/i],
  ['SET', /^\s*set\b/i],
  ['a transaction', /^\s*(?:begin\b|start\s+transaction\b)/i],
  ['a table lock', /^\s*(?:lock\s+tables?\b|flush\s+tables\s+.*\bwith\s+read\s+lock\b)/i],
  ['a temporary table', /^\s*create\s+(?:or\s+replace\s+)?temporary\b/i],
  ['USE', /^\s*use\b/i],
  ['PREPARE', /^\s*prepare\b/i],
];

const ASSIGNED = /@([\w$.]+)\s*:=/g;

/**
 * The kind of state that a statement on its own has set for nothing, as the next one may run on another connection.
 * Undefined for what sets nothing of the kind, and for a variable that the statement reads itself (to number rows).
 */
export function lostKindOf(sql: string): string | undefined {
  const kind = KINDS.find(([, says]) => says.test(sql))?.[0];
  if (kind !== 'a user variable') return kind;
  const assigned = [...sql.matchAll(ASSIGNED)].map(([, name]) => name!);
  const isRead = (name: string): boolean => sql.split(`@${name}`).length > 2;
  return assigned.length > 0 && assigned.every(isRead) ? undefined : kind;
}

/** Kinds of session state that are undone when a connection is returned, and the statements that set them. */
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
 * The kind of session state that a statement outside of any loan has set in vain, as the next statement may run on
 * another connection. Undefined for a statement that sets none, and for a user variable that the statement itself reads
 * (to number rows).
 */
export function lostKindOf(sql: string): string | undefined {
  const kind = KINDS.find(([, says]) => says.test(sql))?.[0];
  if (kind !== 'a user variable') return kind;
  const assigned = [...sql.matchAll(ASSIGNED)].map(([, name]) => name!);
  const isRead = (name: string): boolean => sql.split(`@${name}`).length > 2;
  return assigned.length > 0 && assigned.every(isRead) ? undefined : kind;
}

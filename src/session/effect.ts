/**
 * What a statement's text says it may do to the session.
 * `read`: a plain read, after which nothing is different. `write`: the status and the trackers in its answer tell all.
 * `set`: it changes these variables and nothing else. `next`: it is about the next transaction, which no tracker reports.
 * `dirty`: it may leave what no tracker reports, and only a full reset takes back, unless it is known by name.
 * `defines`: it makes, changes or renames views or triggers, so that other texts may do something else from now on.
 */
export type Effect =
  | { readonly kind: 'read'; readonly readOnly?: undefined }
  | Write
  | { readonly kind: 'next'; readonly readOnly?: boolean }
  | { readonly kind: 'set'; readonly variables: readonly string[]; readonly readOnly?: boolean }
  | Dirty;

export interface Write {
  readonly kind: 'write';
  readonly readOnly?: true;
  readonly defines?: true;
  /** It runs triggers. What those have set before it failed stays set, and an error tells nothing of it. */
  readonly runsTriggers?: true;
}

export interface Dirty {
  readonly kind: 'dirty';
  readonly readOnly?: undefined;
  /** It leaves what no reset takes back: the connection is replaced. */
  readonly foreign?: true;
  /**
   * It runs what cannot be seen here (a function, a procedure, a prepared text), which may also have said SET ROLE. No reset
   * takes that back: the connection is used again only if its role is proven to be the one it had at login.
   */
  readonly mayChangeRole?: true;
  /** It is about a distributed transaction (XA): as long as one is not ended, no reset helps. */
  readonly xa?: true;
  /** It has the server keep the texts of statements (profiles, traces), which no reset takes back. */
  readonly keepsTexts?: true;
  readonly defines?: true;
  /** All that it does is to make or drop temporary tables of these names, as they are written in SQL, in the default database. */
  readonly temporary?: { readonly does: 'make' | 'drop'; readonly names: readonly string[] };
}

export const READ: Effect = Object.freeze({ kind: 'read' });
export const WRITE: Effect = Object.freeze({ kind: 'write' });
export const WRITE_READ_ONLY: Effect = Object.freeze({ kind: 'write', readOnly: true });
export const WRITE_DEFINING: Effect = Object.freeze({ kind: 'write', defines: true });
export const NEXT: Effect = Object.freeze({ kind: 'next', readOnly: false });
export const NEXT_READ_ONLY: Effect = Object.freeze({ kind: 'next', readOnly: true });
export const DIRTY: Effect = Object.freeze({ kind: 'dirty' });
export const ANYTHING: Effect = Object.freeze({ kind: 'dirty', mayChangeRole: true });
export const FOREIGN: Effect = Object.freeze({ kind: 'dirty', foreign: true });
export const XA: Effect = Object.freeze({ kind: 'dirty', xa: true });
export const KEEPS_TEXTS: Effect = Object.freeze({ kind: 'dirty', keepsTexts: true });

/** The worse of two effects, one of which is the right one. */
export function worse(a: Effect | undefined, b: Effect | undefined): Effect | undefined {
  if (a === undefined || a === b) return b;
  if (b === undefined || b.kind === 'read') return a;
  if (a.kind === 'read') return b;
  if (a.kind === 'set' && b.kind === 'set') return setting([...new Set([...a.variables, ...b.variables])]);
  if (a.kind === 'next' && b.kind === 'next') return a.readOnly === true ? a : b;
  if (a.kind === 'write' && b.kind === 'write') return bothWrite(a, b);
  return bothDirty(a, b);
}

/** A write, with all that either of them says. */
function bothWrite(a: Write, b: Write): Write {
  const has = (flag: 'readOnly' | 'defines' | 'runsTriggers'): boolean => a[flag] === true || b[flag] === true;
  return {
    kind: 'write',
    ...(has('readOnly') && { readOnly: true }),
    ...(has('defines') && { defines: true }),
    ...(has('runsTriggers') && { runsTriggers: true }),
  };
}

/** Dirty, with all that either of them says. */
export function bothDirty(a: Effect, b: Effect): Effect {
  const all: readonly Partial<Omit<Dirty, 'readOnly' | 'kind'> & { kind: unknown }>[] = [a, b];
  const has = (flag: 'foreign' | 'mayChangeRole' | 'xa' | 'keepsTexts' | 'defines'): boolean =>
    all.some((effect) => effect[flag] === true);
  return {
    kind: 'dirty',
    ...(has('foreign') && { foreign: true }),
    ...(has('mayChangeRole') && { mayChangeRole: true }),
    ...(has('xa') && { xa: true }),
    ...(has('keepsTexts') && { keepsTexts: true }),
    ...(has('defines') && { defines: true }),
  };
}

/** The effect of two statements, one after the other. What changes variables is told by one answer only. */
export function oneAfterOther(a: Effect | undefined, b: Effect): Effect {
  if (a === undefined) return b;
  const isTold = [a, b].every(({ kind }) => kind === 'read' || kind === 'write');
  return isTold ? worse(a, b)! : bothDirty(a, b);
}

export const setting = (variables: readonly string[]): Effect => ({
  kind: 'set',
  variables,
  readOnly: variables.includes('read_only'),
});

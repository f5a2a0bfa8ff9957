/**
 * What a statement's text says it may do to the session.
 * - `read`: a plain read, which changes nothing.
 * - `write`: the status and the trackers in its answer tell everything.
 * - `set`: it changes these variables and nothing else.
 * - `next`: it is about the next transaction, which no tracker reports.
 * - `dirty`: it may leave what no tracker reports and only a full reset undoes, except for temporary tables known by
 *   name.
 * - the flag `defines`: it makes, changes or renames views or triggers, so that other texts may do something else from
 *   now on.
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
  /** It runs triggers that set something. If it fails, what they have set stays set, and the error does not tell. */
  readonly runsTriggers?: true;
}

export interface Dirty {
  readonly kind: 'dirty';
  readonly readOnly?: undefined;
  /** It leaves what no reset undoes: the connection is replaced. */
  readonly foreign?: true;
  /**
   * It runs code that cannot be seen here (a function, a procedure, a prepared text), which may have said SET ROLE. No
   * reset undoes that: the connection is used again only if its role is proven to be the one that it had at login.
   */
  readonly mayChangeRole?: true;
  /** It is about a distributed transaction (XA): while one is unfinished, no reset helps. */
  readonly xa?: true;
  /** It makes the server keep the texts of statements (profiles, traces), which no reset removes. */
  readonly keepsTexts?: true;
  readonly defines?: true;
  /** All that it does is to make or drop temporary tables in the default database; `names` are as in SQL. */
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

/** The worse of two effects, where one of them is right but it is not known which. */
export function worse(a: Effect | undefined, b: Effect | undefined): Effect | undefined {
  if (a === undefined || a === b) return b;
  if (b === undefined || b.kind === 'read') return a;
  if (a.kind === 'read') return b;
  if (a.kind === 'set' && b.kind === 'set') return setting([...new Set([...a.variables, ...b.variables])]);
  if (a.kind === 'next' && b.kind === 'next') return a.readOnly === true ? a : b;
  if (a.kind === 'write' && b.kind === 'write') return bothWrite(a, b);
  return bothDirty(a, b);
}

/** A write with the flags of both. */
function bothWrite(a: Write, b: Write): Write {
  const has = (flag: 'readOnly' | 'defines' | 'runsTriggers'): boolean => a[flag] === true || b[flag] === true;
  return {
    kind: 'write',
    ...(has('readOnly') && { readOnly: true }),
    ...(has('defines') && { defines: true }),
    ...(has('runsTriggers') && { runsTriggers: true }),
  };
}

/** A dirty effect with the flags of both. */
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

/**
 * The effect of two statements, one after the other. Unless both only read or write, they are dirty together: only the
 * answer to a single statement tells which variables it has changed.
 */
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

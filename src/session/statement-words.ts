// The words of statements by what they say, in lower case.

export const READS: ReadonlySet<string> = new Set('select show explain describe desc values table help'.split(' '));
export const WRITES: ReadonlySet<string> = new Set(
  (
    'insert update delete replace truncate create alter drop rename optimize check checksum repair grant revoke commit ' +
    'rollback savepoint release start use do purge load'
  ).split(' '),
);
// These leave something that no tracker reports, but run nothing that is not in their text. KILL may hit its own
// session: the reset that follows shows that the connection is closed, before the next borrower gets it.
export const DIRTIES: ReadonlySet<string> = new Set(
  (
    'prepare deallocate lock unlock flush handler get reset change stop install uninstall cache signal resignal ' +
    'shutdown restart kill'
  ).split(' '),
);
// Statements whose expressions are not evaluated, or cannot call anything.
export const EVALUATE_NOTHING: ReadonlySet<string> = new Set(
  (
    'create alter drop rename grant revoke truncate optimize check checksum repair commit rollback savepoint release ' +
    'start use begin xa prepare deallocate lock unlock flush install uninstall cache'
  ).split(' '),
);
export const OBJECTS: ReadonlySet<string> = new Set(
  (
    'view procedure function trigger event package user role database schema index server tablespace sequence ' +
    'resource logfile undo library'
  ).split(' '),
);
// Statements whose real verb comes later.
export const PREFIXES: ReadonlySet<string> = new Set(['with', 'explain', 'describe', 'desc', 'analyze', 'set']);
export const VERBS: ReadonlySet<string> = new Set([
  'select',
  'insert',
  'update',
  'delete',
  'replace',
  'table',
  'values',
]);
export const READING_VERBS: ReadonlySet<string> = new Set(['select', 'table', 'values']);
export const ENDS_HEAD: ReadonlySet<string> = new Set(['values', 'value', 'select', 'set', 'with', 'table', 'on']);
// Built-in functions that leave something which no tracker reports.
export const UNTRACKED: ReadonlySet<string> = new Set(
  'get_lock release_lock release_all_locks nextval lastval setval'.split(' '),
);
export const OF_SEQUENCE: ReadonlySet<string> = new Set(['nextval', 'currval', 'lastval']);

// A table of the words that matter wherever they are, by length and first letter: other words need not be looked at.
export const MATTERS: Uint8Array = new Uint8Array(32 * 32);
for (const word of [
  ...'call execute rename as into next previous value temporary with row member role only read set on release diagnostics'.split(
    ' ',
  ),
  ...VERBS,
  ...OBJECTS,
  ...OF_SEQUENCE,
]) {
  MATTERS[word.length * 32 + (word.charCodeAt(0) & 31)] = 1;
}

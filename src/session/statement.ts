import type { Dialect } from './dialect.js';
import { ANYTHING, DIRTY, worse, type Effect } from './effect.js';
import { effectOfPlain } from './plain-statement.js';
import { USUAL, type Lexer, type Reading } from './sql-lexer.js';
import type { StatementNotes } from './statement-notes.js';
import { StatementReader } from './statement-reader.js';

/** The effect of one statement, or of several separated by semicolons if the connection allows that. */
export function effectOf(sql: string, dialect: Dialect = {}): Effect {
  const plain = dialect.hidden === undefined ? effectOfPlain(sql, dialect) : undefined;
  return plain ?? effectOfAny(sql, dialect);
}

/**
 * Like `effectOf`, for a text that needs the full reader.
 * @param notes collects what matters to a gateway that carries sessions
 */
export function effectOfAny(sql: string, dialect: Dialect = {}, notes?: StatementNotes): Effect {
  const { escapes } = dialect;
  const usual = new StatementReader(sql, escapes === undefined ? USUAL : { escapes, executes: true }, dialect, notes);
  let worst = usual.effect();
  if (usual.cannotTell) return anything(notes);
  for (const reading of escapes === undefined ? otherReadings(usual.lexer) : otherExecutions(usual.lexer, escapes)) {
    notes?.readAgain();
    const other = new StatementReader(sql, reading, dialect, notes);
    worst = worse(worst, other.effect());
    // To the first reading, this executable comment was in a literal, so it was not read both as code and as a comment.
    const hasMore = usual.lexer.executable === undefined && other.lexer.executable !== undefined;
    if (other.cannotTell || hasMore) return anything(notes);
  }
  return worst ?? DIRTY;
}

function anything(notes: StatementNotes | undefined): Effect {
  notes?.pins.add('text');
  return ANYTHING;
}

/** Whether the body of a trigger may leave something that no tracker reports. */
export function routineMayHide(body: string, dialect: Dialect): boolean {
  const usual = new StatementReader(body, USUAL, dialect);
  if (usual.mayHide()) return true;
  return otherReadings(usual.lexer).some((reading) => new StatementReader(body, reading, dialect).mayHide());
}

const NONE: readonly Reading[] = [];

/** The other readings when it is known what a backslash does: only executable comments may be code or not. */
const otherExecutions = ({ executable }: Lexer, escapes: Reading['escapes']): readonly Reading[] =>
  executable === undefined ? NONE : [{ escapes, executes: false }];

/** The other ways in which the server may read the text. Without backslashes and executable comments there are none. */
function otherReadings(usual: Lexer): readonly Reading[] {
  const { hasEscapeInQuoted, executable } = usual;
  const hasEscape = hasEscapeInQuoted || usual.hasEscapeInText;
  if (!hasEscape && executable === undefined) return NONE;
  const escapes: Reading['escapes'][] = ['in both'];
  if (hasEscapeInQuoted) escapes.push('in texts');
  if (hasEscape) escapes.push('never');
  const readings = escapes.slice(1).map((kind): Reading => ({ escapes: kind, executes: true }));
  if (executable === undefined) return readings;
  return [...readings, ...escapes.map((kind): Reading => ({ escapes: kind, executes: false }))];
}

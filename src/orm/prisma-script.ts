// A text or name in quotes, a comment, or anything else up to the next of those or a semicolon.
const PART =
  /'(?:[^'\\]|\\[^]|'')*'|"(?:[^"\\]|\\[^]|"")*"|`[^`]*`|\/\*[^]*?\*\/|(?:#|--(?=\s|$))[^\n]*|[^'"`;/#-]+|[^]/g;

/** The statements of a script, which semicolons separate: not those in quotes and comments. */
export function splitScript(script: string): string[] {
  const statements: string[] = [];
  let statement = '';
  const finish = (): void => {
    if (statement.trim() !== '') statements.push(statement.trim());
    statement = '';
  };
  for (const [part] of script.matchAll(PART)) {
    if (part === ';') finish();
    else statement += isRemark(part) ? ' ' : part;
  }
  finish();
  return statements;
}

/** Comments that the server executes are none. */
const isRemark = (part: string): boolean => /^(?:#|--(?:\s|$)|\/\*(?![!+M]))/.test(part);

import { refuse } from './values.js';

/**
 * Parses JSON. An error gives the source, line and column, and says what was expected there. It never shows the text
 * itself, which may contain passwords.
 * @throws SettingsError
 */
export function parseJson(source: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const { at, message } = locate(text);
    const before = text.slice(0, at).split('\n');
    return refuse(`${source}:${before.length}:${before.at(-1)!.length + 1}`, `not valid JSON: ${message}`);
  }
}

interface Fault {
  readonly at: number;
  readonly message: string;
}

// A string, a literal, or a punctuation mark. Which of them may come next depends on `expects` and on the innermost
// open bracket.
const TOKEN =
  /[ \t\r\n]*(?:("(?:[^"\\\n\r\t]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")|(true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|([{}[\],:]))/y;

/**
 * Finds the first syntax error. The message of Node's own error either has no position, or shows the surrounding text.
 */
function locate(text: string): Fault {
  const open: ('{' | '[')[] = [];
  let expects: 'value' | 'value or ]' | 'name or }' | 'name' | 'colon' | 'end' = 'value';
  TOKEN.lastIndex = 0;
  for (;;) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    const at = from + /^[ \t\r\n]*/.exec(text.slice(from))![0].length;
    const inner = open.at(-1);
    if (match === null) {
      if (at < text.length && text[at] === '"')
        return { at, message: 'this text does not end, or has a character in it that must be escaped' };
      return {
        at,
        message:
          at >= text.length
            ? `it ends too early, expected ${wanted(expects, inner)}`
            : `expected ${wanted(expects, inner)}`,
      };
    }
    const [, string, literal, mark] = match;
    const fault = { at, message: `expected ${wanted(expects, inner)}` };
    if (expects === 'colon') {
      if (mark !== ':') return fault;
      expects = 'value';
    } else if (expects === 'name' || expects === 'name or }') {
      if (string !== undefined) expects = 'colon';
      else if (mark === '}' && expects === 'name or }') [expects] = ['end', open.pop()];
      else return fault;
    } else if (expects === 'end') {
      if (inner === undefined) return fault;
      if (mark === ',') expects = inner === '{' ? 'name' : 'value';
      else if (mark === (inner === '{' ? '}' : ']')) open.pop();
      else return fault;
    } else if (string !== undefined || literal !== undefined) expects = 'end';
    else if (mark === '{' || mark === '[') {
      open.push(mark);
      expects = mark === '{' ? 'name or }' : 'value or ]';
    } else if (mark === ']' && expects === 'value or ]') [expects] = ['end', open.pop()];
    else return fault;
  }
}

function wanted(expects: string, inner: '{' | '[' | undefined): string {
  if (expects === 'colon') return '":"';
  if (expects === 'name') return 'a name in double quotes (and no comma before "}")';
  if (expects === 'name or }') return 'a name in double quotes, or "}"';
  if (expects === 'value or ]') return 'a value, or "]"';
  if (expects === 'value') return inner === '[' ? 'a value (and no comma before "]")' : 'a value';
  if (inner === undefined) return 'nothing more';
  return inner === '{' ? '"," or "}"' : '"," or "]"';
}

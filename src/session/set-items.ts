import { Lexer, type Reading } from './sql-lexer.js';

/** A literal value in the text. `text`: what is between the quotes, with escapes resolved. */
export type Literal =
  | { readonly kind: 'number'; readonly sql: string }
  | { readonly kind: 'word'; readonly sql: string }
  | { readonly kind: 'text'; readonly content: string };

/** One thing that a SET sets. */
export type SetItem =
  | { readonly kind: 'user'; readonly name: string; readonly value: Literal | undefined }
  | { readonly kind: 'system'; readonly name: string; readonly scope: Scope; readonly value: Literal | undefined }
  | { readonly kind: 'names'; readonly charset: string | undefined; readonly collation: string | undefined }
  | { readonly kind: 'charset'; readonly charset: string | undefined }
  /** TRANSACTION, ROLE, PASSWORD, RESOURCE GROUP, STATEMENT … FOR, given by the first words. */
  | { readonly kind: 'other'; readonly words: readonly string[] };

/** `next`: `@@name` without a scope, which for the characteristics of transactions means the next transaction only. */
export type Scope = 'session' | 'global' | 'none' | 'next';

const SCOPES: ReadonlyMap<string, Scope> = new Map([
  ['global', 'global'],
  ['persist', 'global'],
  ['persist_only', 'global'],
  ['session', 'session'],
  ['local', 'session'],
]);

const OTHERS: ReadonlySet<string> = new Set(['transaction', 'role', 'default', 'password', 'resource', 'statement']);

const CONSTANTS: ReadonlySet<string> = new Set(['null', 'true', 'false', 'on', 'off', 'default']);

/** How literals are read. */
interface Literals extends Reading {
  /** The text as it came. In the text that is parsed, non-ASCII characters may be masked. */
  readonly bytes: string;
}

/**
 * What a SET sets, in order; undefined if that is not certain.
 * @param sql what comes after the word SET
 * @param bytes the same, with no characters masked
 */
export function itemsOfSet(sql: string, { escapes, executes }: Reading, bytes: string): readonly SetItem[] | undefined {
  const reading: Literals = { escapes, executes, bytes };
  const lexer = new Lexer(sql, reading);
  lexer.next();
  const items: SetItem[] = [];
  for (;;) {
    const item = nextItem(lexer, reading);
    if (item === undefined) return undefined;
    items.push(item);
    if (item.kind === 'other') return items;
    if (lexer.kind === 'end') break;
    if (lexer.text === ';') return lexer.next() === 'end' ? items : undefined;
    lexer.next();
  }
  return lexer.isBroken || lexer.isOpaque ? undefined : items;
}

function nextItem(lexer: Lexer, reading: Literals): SetItem | undefined {
  if (lexer.kind === 'variable') {
    const name = userVariableName(lexer.text);
    lexer.next();
    return assigned(lexer) ? { kind: 'user', name, value: valueAt(lexer, reading) } : undefined;
  }
  const isSystem = lexer.kind === 'system';
  if (isSystem) lexer.next();
  let word = wordAt(lexer);
  if (!isSystem && OTHERS.has(word)) return other(lexer, []);
  if (!isSystem && word === 'names') return names(lexer);
  if (!isSystem && (word === 'charset' || word === 'character')) return charset(lexer, word);
  let scope: Scope = isSystem ? 'next' : 'none';
  const said = SCOPES.get(word);
  if (said !== undefined) {
    scope = said;
    lexer.next();
    if (isSystem) {
      if (lexer.text !== '.') return undefined;
      lexer.next();
    }
    word = wordAt(lexer);
    if (word === 'transaction') return other(lexer, [said]);
  }
  let name = word;
  if (name === '') return undefined;
  lexer.next();
  // A name with dots is of a component or a key cache, and never of the session alone.
  while (lexer.text === '.') {
    lexer.next();
    name += `.${lexer.name.toLowerCase()}`;
    lexer.next();
  }
  return assigned(lexer) ? { kind: 'system', name, scope, value: valueAt(lexer, reading) } : undefined;
}

/** Moves past the sign of an assignment; false if there is none. */
function assigned(lexer: Lexer): boolean {
  if (lexer.kind !== 'assign' && lexer.text !== '=') return false;
  lexer.next();
  return true;
}

function other(lexer: Lexer, before: readonly string[]): SetItem {
  const words = [...before];
  for (; words.length < 3 && lexer.kind === 'word'; lexer.next()) words.push(lexer.text.toLowerCase());
  while (lexer.kind !== 'end') lexer.next();
  return { kind: 'other', words };
}

function names(lexer: Lexer): SetItem | undefined {
  lexer.next();
  const charsetName = nameAt(lexer);
  let collation: string | undefined;
  if (wordAt(lexer) === 'collate') {
    lexer.next();
    collation = nameAt(lexer);
    if (collation === undefined) return undefined;
  }
  return isEnd(lexer) ? { kind: 'names', charset: charsetName, collation } : undefined;
}

function charset(lexer: Lexer, word: string): SetItem | undefined {
  lexer.next();
  if (word === 'character') {
    if (wordAt(lexer) !== 'set') return undefined;
    lexer.next();
  }
  const name = nameAt(lexer);
  return isEnd(lexer) ? { kind: 'charset', charset: name } : undefined;
}

/** The name of a character set or a collation; undefined for DEFAULT and anything else. Moves past it. */
function nameAt(lexer: Lexer): string | undefined {
  const { kind, text } = lexer;
  lexer.next();
  const name = kind === 'text' || kind === 'quoted' ? text.slice(1, -1) : text;
  const isName = /^\w+$/.test(name) && (kind === 'word' || kind === 'text' || kind === 'quoted');
  return isName && name.toLowerCase() !== 'default' ? name.toLowerCase() : undefined;
}

/** The value, if it is a single literal. Moves to the end of the item. */
function valueAt(lexer: Lexer, reading: Literals): Literal | undefined {
  const sign = lexer.text === '-' || lexer.text === '+' ? lexer.text : '';
  if (sign !== '') lexer.next();
  const literal = literalAt(lexer, reading, sign);
  if (literal !== undefined) lexer.next();
  if (literal !== undefined && isEnd(lexer)) return literal;
  for (let depth = 0; lexer.kind !== 'end' && (depth > 0 || !isEnd(lexer)); lexer.next()) {
    if (lexer.text === '(') depth++;
    else if (lexer.text === ')') depth--;
  }
  return undefined;
}

function literalAt(lexer: Lexer, reading: Literals, sign: string): Literal | undefined {
  const { kind, text } = lexer;
  if (kind === 'number') return { kind: 'number', sql: sign + text };
  // `1e3` and `.5` are more than one token, or one that looks like a name.
  if (kind === 'word' && /^\d+(?:\.\d+)?e\d+$/i.test(text)) return { kind: 'number', sql: sign + text };
  if (sign !== '') return undefined;
  if (kind === 'word') {
    return lexer.isPlain && CONSTANTS.has(text.toLowerCase()) ? { kind: 'word', sql: text.toUpperCase() } : undefined;
  }
  if (kind !== 'text' && kind !== 'quoted') return undefined;
  const content = contentOf(text, reading.bytes.slice(lexer.from, lexer.to), reading);
  return content === undefined ? undefined : { kind: 'text', content };
}

// What a backslash makes of the next character. Others stand for themselves; % and _ keep the backslash, for LIKE.
const ESCAPED: Readonly<Record<string, string>> = { 0: '\0', b: '\b', n: '\n', r: '\r', t: '\t', Z: '\x1a' };

/**
 * The content of a literal, without quotes and escapes; undefined if it has an escape that keeps its backslash.
 * @param text as it is parsed
 * @param bytes as it came
 */
function contentOf(text: string, bytes: string, { escapes }: Reading): string | undefined {
  const quote = text[0]!;
  const isEscaping = escapes === 'in both' || (escapes === 'in texts' && quote === "'");
  let content = '';
  const end = text.length - 1;
  for (let at = 1; at < end; at++) {
    const letter = text[at]!;
    if (letter !== '\\' || !isEscaping) {
      content += bytes[at]!;
      if (letter === quote) at++;
      continue;
    }
    const next = text[++at]!;
    if (next === '%' || next === '_') return undefined;
    content += ESCAPED[next] ?? bytes[at]!;
  }
  return content;
}

/** The name of a user variable in lower case, without its `@` and quotes. */
export function userVariableName(text: string): string {
  const first = text[1];
  const isQuoted = first === '`' || first === "'" || first === '"';
  const name = isQuoted ? text.slice(2, -1).replaceAll(first + first, first) : text.slice(1);
  return name.toLowerCase();
}

const isEnd = ({ kind, text }: Lexer): boolean => kind === 'end' || (kind === 'mark' && (text === ',' || text === ';'));

const wordAt = (lexer: Lexer): string => (lexer.kind === 'word' && lexer.isPlain ? lexer.text.toLowerCase() : '');

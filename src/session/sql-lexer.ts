/**
 * The kind of a token. `word`: a bare name, a keyword, or what begins like a number and goes on with letters. `name`:
 * in backticks. `quoted`: in double quotes, a string or, under ANSI_QUOTES, a name. `variable`: a user variable, `@…`.
 * `system`: the `@@` before a system variable. `mark`: any other character.
 */
export type TokenKind =
  | 'end'
  | 'word'
  | 'name'
  | 'quoted'
  | 'text'
  | 'number'
  | 'variable'
  | 'system'
  | 'assign'
  | 'mark';

/**
 * One of the ways in which a server may read a text, which depends on its version and on the sql_mode of the session.
 */
export interface Reading {
  /** In which literals a backslash escapes the next character. */
  readonly escapes: 'in both' | 'in texts' | 'never';
  /** Whether comments that only some versions execute, such as those that begin with `/*!50000`, are code. */
  readonly executes: boolean;
  /** Whether to go on, as most servers would, where it is not certain how: for uses that nothing depends on. */
  readonly guesses?: true;
}

/** As most servers read most texts: the default sql_mode, and every executable comment is code. */
export const USUAL: Reading = Object.freeze({ escapes: 'in both', executes: true });

export const GUESSED: Reading = Object.freeze({ ...USUAL, guesses: true });

const BLANK = 32;
const DELETE = 127;
const BACKSLASH = 92;
const DOLLAR = 36;
const DOT = 46;
const AT = 64;
const STAR = 42;
const SLASH = 47;

/** The ASCII characters of bare names. */
export const NAME_LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$';

const IN_NAME = new Uint8Array(128);
for (const letter of NAME_LETTERS) IN_NAME[letter.charCodeAt(0)] = 1;

const isInName = (code: number): boolean => code >= 128 || IN_NAME[code] === 1;
const isDigit = (code: number): boolean => code >= 48 && code <= 57;
/** The end of the text counts as a blank, and so does every control character. */
const isBlank = (code: number): boolean => code <= BLANK || code === DELETE;

/** 0 after the end, as V8 is slow when it is asked for a character beyond the end. */
const codeAt = (sql: string, at: number): number => (at < sql.length ? sql.charCodeAt(at) : 0);

// In an executable comment, these may make its end depend on whether it is code; so do literals that go on after it.
const SHIFTS = /[#\\]|--|\/\*/;
const LITERAL = /'[^']*'|"[^"]*"|`[^`]*`/g;
const QUOTE = /['"`]/;
const shifts = (comment: string): boolean => SHIFTS.test(comment) || QUOTE.test(comment.replaceAll(LITERAL, ''));

/**
 * Splits a text into tokens in one pass: each character is looked at a bounded number of times, whatever the text.
 * Comments and blanks are skipped; executable comments are code or not, as the reading says.
 */
export class Lexer {
  readonly sql: string;
  readonly #reading: Reading;
  #at = 0;
  /** Where the executable comment ends that is being read as code. */
  #executedEnd = -1;
  /** What `indexOf` has found last, so that no part of the text is searched twice. */
  #nextBackslash = -1;
  #nextEnd = -1;
  kind: TokenKind = 'end';
  from = 0;
  to = 0;
  /** Whether there were blanks or comments before the token. */
  isApart = false;
  /** Whether a word consists of ASCII letters only, as every keyword does. */
  isPlain = true;
  /** Whether a literal does not end, or a backslash is outside of any: no server accepts that. */
  isBroken = false;
  /** Whether it is unknown where the text goes on. This token is then the last one, unless the reading guesses. */
  isOpaque = false;
  /** Whether there were backslashes in `'…'`, and in `"…"`. */
  hasEscapeInText = false;
  hasEscapeInQuoted = false;
  /** The beginning of the first executable comment, such as `/*!50000`, and whether another one begins differently. */
  executable: string | undefined;
  hasMixedExecutables = false;

  constructor(sql: string, reading: Reading = USUAL) {
    this.sql = sql;
    this.#reading = reading;
  }

  get #isStopped(): boolean {
    return this.isOpaque && this.#reading.guesses !== true;
  }

  /** Moves on to the next token. */
  next(): TokenKind {
    const before = this.#at;
    this.#skip();
    this.isApart = this.#at > before;
    this.from = this.#at;
    if (this.#isStopped || this.#at >= this.sql.length) return this.#is('end', this.sql.length);
    return this.#token(this.sql.charCodeAt(this.#at));
  }

  /** The text of the token. */
  get text(): string {
    return this.sql.slice(this.from, this.to);
  }

  /** The name that a token stands for. */
  get name(): string {
    const { text } = this;
    if (this.kind === 'word') return text;
    const quote = text[0]!;
    return text.slice(1, -1).replaceAll(quote + quote, quote);
  }

  #is(kind: TokenKind, to: number): TokenKind {
    this.kind = kind;
    this.#at = this.to = to;
    return kind;
  }

  #token(code: number): TokenKind {
    const { sql } = this;
    const at = this.#at;
    if (isDigit(code)) return this.#number(at);
    if (isInName(code)) return this.#word(code, at);
    if (code === 39) return this.#is('text', this.#afterLiteral("'", at));
    if (code === 34) return this.#is('quoted', this.#afterLiteral('"', at));
    if (code === 96) return this.#is('name', this.#afterQuote('`', at + 1));
    if (code === AT) return this.#variable(at);
    if (code === 58 && codeAt(sql, at + 1) === 61) return this.#is('assign', at + 2);
    if (code === BACKSLASH && codeAt(sql, at + 1) !== 78) this.isBroken = true;
    return this.#is('mark', at + 1);
  }

  #word(first: number, from: number): TokenKind {
    const { sql } = this;
    let at = from;
    let isPlain = true;
    for (let code = first; isInName(code); code = codeAt(sql, ++at)) {
      if (code < 128) continue;
      isPlain = false;
      // These are blanks in some character sets, and letters in others.
      if (code === 0x85 || code === 0xa0) this.isOpaque = true;
    }
    // MySQL reads `$$ … $$` as a string.
    if (first === DOLLAR) this.isOpaque = true;
    this.isPlain = isPlain;
    return this.#is('word', at);
  }

  #number(from: number): TokenKind {
    const { sql } = this;
    let at = from + 1;
    while (isDigit(codeAt(sql, at))) at++;
    if (codeAt(sql, at) === DOT && isDigit(codeAt(sql, at + 1))) {
      do at++;
      while (isDigit(codeAt(sql, at)));
    }
    return isInName(codeAt(sql, at)) ? this.#word(codeAt(sql, at), at) : this.#is('number', at);
  }

  #variable(from: number): TokenKind {
    const { sql } = this;
    const code = codeAt(sql, from + 1);
    if (code === AT) return this.#is('system', from + 2);
    if (code === 39) return this.#is('variable', this.#afterLiteral("'", from + 1));
    if (code === 34) return this.#is('variable', this.#afterLiteral('"', from + 1));
    if (code === 96) return this.#is('variable', this.#afterQuote('`', from + 2));
    let at = from + 1;
    while (isInName(codeAt(sql, at)) || codeAt(sql, at) === DOT) at++;
    return this.#is('variable', at);
  }

  /** The position after the literal that begins at `from`. */
  #afterLiteral(quote: string, from: number): number {
    const { sql } = this;
    const escapes = this.#reading.escapes === 'in both' || (this.#reading.escapes === 'in texts' && quote === "'");
    const code = quote.charCodeAt(0);
    for (let at = from + 1; ;) {
      let end = sql.indexOf(quote, at);
      if (this.#backslashFrom(at) < (end < 0 ? sql.length : end)) {
        if (quote === "'") this.hasEscapeInText = true;
        else this.hasEscapeInQuoted = true;
        if (escapes) end = this.#unescaped(code, this.#nextBackslash);
      }
      if (end < 0) return this.#endless();
      if (codeAt(sql, end + 1) !== code) return end + 1;
      at = end + 2;
    }
  }

  /** The position of the next quote that is not escaped. Looks at each character, as backslashes seldom come alone. */
  #unescaped(quote: number, from: number): number {
    const { sql } = this;
    for (let at = from; at < sql.length; at++) {
      const code = sql.charCodeAt(at);
      if (code === quote) return at;
      if (code === BACKSLASH) at++;
    }
    return -1;
  }

  /** The position after the closing quote, where only a doubled quote is an escape. */
  #afterQuote(quote: string, from: number): number {
    for (let at = from; ;) {
      const end = this.sql.indexOf(quote, at);
      if (end < 0) return this.#endless();
      if (this.sql[end + 1] !== quote) return end + 1;
      at = end + 2;
    }
  }

  #endless(): number {
    this.isBroken = true;
    return this.sql.length;
  }

  #backslashFrom(at: number): number {
    if (this.#nextBackslash < at) {
      const found = this.sql.indexOf('\\', at);
      this.#nextBackslash = found < 0 ? this.sql.length : found;
    }
    return this.#nextBackslash;
  }

  #commentEndFrom(at: number): number {
    if (this.#nextEnd < at) {
      const found = this.sql.indexOf('*/', at);
      this.#nextEnd = found < 0 ? this.sql.length : found;
    }
    return this.#nextEnd;
  }

  /** Moves past blanks and comments. */
  #skip(): void {
    const { sql } = this;
    for (let at = this.#at; at < sql.length && !this.#isStopped; this.#at = at) {
      const code = codeAt(sql, at);
      if (code <= BLANK || code === DELETE) at++;
      else if (code === 35) at = this.#afterLine(at);
      else if (code === 45) {
        // Without a blank after it, `--` is two minus signs.
        if (codeAt(sql, at + 1) !== 45 || !isBlank(codeAt(sql, at + 2))) return;
        at = this.#afterLine(at);
      } else if (code === SLASH && codeAt(sql, at + 1) === STAR) at = this.#afterComment(at);
      else if (code === STAR && at === this.#executedEnd) at += 2;
      else return;
    }
  }

  #afterLine(from: number): number {
    const end = this.sql.indexOf('\n', from);
    return end < 0 ? this.sql.length : end + 1;
  }

  #afterComment(from: number): number {
    const { sql } = this;
    const third = codeAt(sql, from + 2);
    const isOfMariaDb = third === 77 && codeAt(sql, from + 3) === 33;
    const end = this.#commentEndFrom(from + 2);
    if (third !== 33 && !isOfMariaDb) {
      if (third === 43 && hasOddQuotes(sql.slice(from, end))) this.isOpaque = true;
      return Math.min(sql.length, end + 2);
    }
    let at = from + (isOfMariaDb ? 4 : 3);
    while (isDigit(codeAt(sql, at))) at++;
    const begins = sql.slice(from, at);
    this.executable ??= begins;
    if (this.executable !== begins) this.hasMixedExecutables = true;
    if (from < this.#executedEnd || end >= sql.length || shifts(sql.slice(at, end))) this.isOpaque = true;
    if (!this.#reading.executes) return Math.min(sql.length, end + 2);
    this.#executedEnd = end;
    return at;
  }
}

/** MySQL reads quoted names in optimizer hints, and does not look for the end of the comment in them. */
function hasOddQuotes(hint: string): boolean {
  return ["'", '"', '`'].some((quote) => hint.split(quote).length % 2 === 0);
}

/** Splits a script at its semicolons, except for those in literals and comments. */
export function splitStatements(script: string): string[] {
  const statements: string[] = [];
  const lexer = new Lexer(script, GUESSED);
  let from = 0;
  const add = (to: number): void => {
    const statement = script.slice(from, to).trim();
    if (statement !== '') statements.push(statement);
  };
  let isEmpty = true;
  while (lexer.next() !== 'end') {
    if (lexer.kind !== 'mark' || script[lexer.from] !== ';') {
      isEmpty = false;
      continue;
    }
    if (!isEmpty) add(lexer.from);
    isEmpty = true;
    from = lexer.to;
  }
  if (!isEmpty) add(script.length);
  return statements;
}

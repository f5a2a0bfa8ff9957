/**
 * The system variables that a session may change and that one SET puts back. Their first values are learned when the
 * connection is made: its set-up assigns each to itself, and the answer carries the values of all that are tracked.
 */
const PLAIN = [
  'autocommit', 'time_zone', 'sql_mode', 'foreign_key_checks', 'unique_checks', 'sql_safe_updates', 'lock_wait_timeout',
  'innodb_lock_wait_timeout', 'group_concat_max_len', 'lc_time_names', 'wait_timeout',
] as const; // prettier-ignore

// The same thing under different names. `charset` stands for what SET NAMES sets.
const ALIASES: Readonly<Record<string, string>> = {
  transaction_isolation: 'isolation',
  tx_isolation: 'isolation',
  transaction_read_only: 'read_only',
  tx_read_only: 'read_only',
  max_execution_time: 'statement_time',
  max_statement_time: 'statement_time',
  character_set_client: 'charset',
  character_set_connection: 'charset',
  character_set_results: 'charset',
  collation_connection: 'charset',
};

const CHARSET_VARIABLES = ['character_set_client', 'character_set_connection', 'character_set_results'];

// What we know of a session rests on these: they are said after every reset, whatever the server's globals have become.
const RELIED_ON: ReadonlySet<string> = new Set(['autocommit', 'sql_mode']);

const RESTORABLE: ReadonlySet<string> = new Set(PLAIN);

/** The word under which we know a variable; undefined for one that is not restored by a SET. */
export function restorableOf(name: string): string | undefined {
  return RESTORABLE.has(name) ? name : ALIASES[name];
}

/** What a session may have at most, whatever it begins with. What it has lower stays as it is. */
export interface SessionBounds {
  /** In whole seconds. */
  readonly waitTimeout: number;
  /** In ms; undefined: as long as it may. MySQL limits SELECTs alone. */
  readonly statementTime: number | undefined;
}

/** How one server calls the variables, and what they were at first. */
export class SessionVariables {
  readonly #names: ReadonlyMap<string, string>;
  /** By our word, what is never exceeded, as an expression of the variable itself. */
  readonly #bounds: ReadonlyMap<string, string>;
  #collation: { readonly charset: string; readonly collation: string } | undefined;
  /** By our word. A variable that is missing cannot be put back by a SET. */
  readonly first: Map<string, string> = new Map<string, string>();
  /** By our word, what a reset makes of them; undefined while the session was never reset. */
  #afterReset: ReadonlyMap<string, string> | undefined;

  constructor(
    isMariaDb: boolean,
    charset: { readonly charset: string; readonly collation: string } | undefined,
    bounds?: SessionBounds,
  ) {
    this.#collation = charset;
    this.#names = new Map([
      ...PLAIN.map((name) => [name, name] as const),
      ['isolation', isMariaDb ? 'tx_isolation' : 'transaction_isolation'],
      ['read_only', isMariaDb ? 'tx_read_only' : 'transaction_read_only'],
      ['statement_time', isMariaDb ? 'max_statement_time' : 'max_execution_time'],
    ]);
    this.#bounds = new Map(bounds === undefined ? [] : boundsOf(bounds, this.#names.get('statement_time')!));
  }

  /** One statement that fixes the character set, turns the trackers on and has the first values told. */
  setUp(): string {
    return this.#tellingEach((word) => this.#bounds.get(word));
  }

  /** The same, but that it changes none of them: for what a reset leaves. */
  telling(): string {
    return this.#tellingEach(() => undefined);
  }

  #tellingEach(valueOf: (word: string) => string | undefined): string {
    const parts = [...this.#names].map(([word, name]) => `${name} = ${valueOf(word) ?? `@@${name}`}`);
    return `SET ${[...this.#trackers(), ...parts].join(', ')}`;
  }

  /** Whether any of these variables is one that must not exceed its bound. */
  hasBounded(words: ReadonlySet<string>): boolean {
    for (const word of this.#bounds.keys()) if (words.has(word)) return true;
    return false;
  }

  /** The words of those that have a bound. */
  get bounded(): Iterable<string> {
    return this.#bounds.keys();
  }

  /** One statement that brings those back to their bounds that exceed them; undefined where there are no bounds. */
  bound(): string | undefined {
    if (this.#bounds.size === 0) return undefined;
    return `SET ${[...this.#bounds].map(([word, within]) => `${this.#names.get(word)!} = ${within}`).join(', ')}`;
  }

  /** The server does not know the collation: it gets the character set's default one. */
  forgetCollation(): void {
    const charset = this.#collation?.charset ?? 'utf8mb4';
    this.#collation = { charset, collation: charset };
  }

  /** Whether it is known what a reset makes of the variables. */
  get knowsReset(): boolean {
    return this.#afterReset !== undefined;
  }

  /** Takes what the server has told of a session that it had just reset. */
  learnReset(told: Readonly<Record<string, string>>): void {
    const values = new Map<string, string>();
    for (const name of Object.keys(told)) {
      const variable = restorableOf(name);
      if (variable !== undefined) values.set(variable, told[name]!);
    }
    this.#afterReset = values;
  }

  /**
   * One statement that gives a session that was reset its trackers and its first values back. The trackers come last: the
   * server then need not tell of all that is said before.
   */
  setUpAgain(): string {
    const from = new Map<string, string | undefined>();
    for (const variable of this.first.keys())
      if (variable !== 'charset')
        from.set(variable, this.#isReliedOn(variable) ? undefined : this.#afterReset?.get(variable));
    const [names, ...trackers] = this.#trackers();
    return `SET ${[names, ...this.#assignments(from, this.first)!, ...trackers].join(', ')}`;
  }

  /** One statement that puts these variables back; undefined when the first value of one is not known. */
  restore(changed: ReadonlySet<string>): string | undefined {
    return this.difference(new Map([...changed].map((variable) => [variable, undefined])), this.first);
  }

  /**
   * One statement that gives a session whose variables are as in `from` the values of `to`. Empty when it has them;
   * undefined when `to` does not know one of them. A value that is undefined in `from` is not known, and is said.
   */
  difference(from: ReadonlyMap<string, string | undefined>, to: ReadonlyMap<string, string>): string | undefined {
    const parts = this.#assignments(from, to);
    if (parts === undefined) return undefined;
    return parts.length === 0 ? '' : `SET ${parts.join(', ')}`;
  }

  /** Takes the values that the server has told as the first ones. */
  learn(told: ReadonlyMap<string, string>): void {
    for (const [variable, value] of told) this.first.set(variable, value);
  }

  #isReliedOn(variable: string): boolean {
    return RELIED_ON.has(variable) || this.#bounds.has(variable);
  }

  #trackers(): string[] {
    const tracked = [...this.#names.values(), ...CHARSET_VARIABLES].join(',');
    return [
      this.#setNames(),
      'session_track_schema = 1',
      'session_track_state_change = 1',
      `session_track_system_variables = '${tracked}'`,
    ];
  }

  #setNames(): string {
    const { charset, collation } = this.#collation ?? { charset: 'utf8mb4', collation: undefined };
    return collation === undefined || collation === charset
      ? `NAMES ${charset}`
      : `NAMES ${charset} COLLATE ${collation}`;
  }

  #assignments(from: ReadonlyMap<string, string | undefined>, to: ReadonlyMap<string, string>): string[] | undefined {
    const parts: string[] = [];
    for (const [variable, value] of from) {
      const wanted = to.get(variable);
      if (wanted === undefined) return undefined;
      if (wanted === value) continue;
      // SET NAMES sets several, and must not undo what is said of one of them.
      if (variable === 'charset') parts.unshift(this.#setNames());
      else parts.push(`${this.#names.get(variable)!} = ${literal(wanted)}`);
    }
    return parts;
  }
}

/** Quotes doubled, which is right in every sql_mode; none of these variables has a backslash in its value. */
const literal = (value: string): string =>
  /^-?\d+(?:\.\d+)?$/.test(value) ? value : `'${value.replaceAll("'", "''")}'`;

/**
 * 0 is no limit for the time of a statement, and the longest of all. MariaDB counts it in seconds; MySQL takes no mixture
 * of signed and unsigned numbers.
 */
function boundsOf({ waitTimeout, statementTime }: SessionBounds, name: string): [word: string, within: string][] {
  const whole = (expression: string): string => `CAST(${expression} AS UNSIGNED)`;
  const bounds: [string, string][] = [['wait_timeout', whole(`LEAST(@@wait_timeout, ${waitTimeout})`)]];
  if (statementTime !== undefined) {
    const isInSeconds = name === 'max_statement_time';
    const most = isInSeconds ? statementTime / 1000 : statementTime;
    const within = `COALESCE(LEAST(NULLIF(@@${name}, 0), ${most}), ${most})`;
    bounds.push(['statement_time', isInSeconds ? within : whole(within)]);
  }
  return bounds;
}

/**
 * The system variables that a session may change and that one SET restores. Their first values are learned when the
 * connection is made: its set-up assigns each variable to itself, and the answer reports the values of all that are
 * tracked.
 */
const PLAIN = [
  'autocommit', 'time_zone', 'sql_mode', 'foreign_key_checks', 'unique_checks', 'sql_safe_updates', 'lock_wait_timeout',
  'innodb_lock_wait_timeout', 'group_concat_max_len', 'lc_time_names', 'wait_timeout',
] as const; // prettier-ignore

// Different names of the same thing. `charset` stands for what SET NAMES sets.
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

// What is known of a session rests on these: they are set after every reset, whatever the server's globals are by then.
const RELIED_ON: ReadonlySet<string> = new Set(['autocommit', 'sql_mode']);

const RESTORABLE: ReadonlySet<string> = new Set(PLAIN);

/** Our word for a variable; undefined for one that is not restored by a SET. */
export function restorableOf(name: string): string | undefined {
  return RESTORABLE.has(name) ? name : ALIASES[name];
}

/** Upper limits for the variables of a session, whatever it begins with. A lower value stays as it is. */
export interface SessionBounds {
  /** In whole seconds. */
  readonly waitTimeout: number;
  /** In ms; undefined for no bound. MySQL limits SELECTs only. */
  readonly statementTime: number | undefined;
}

/** What one server calls the variables, and their first values. */
export class SessionVariables {
  readonly #names: ReadonlyMap<string, string>;
  /** By our word: the value within its bound, as an expression of the variable itself. */
  readonly #bounds: ReadonlyMap<string, string>;
  #collation: { readonly charset: string; readonly collation: string } | undefined;
  /** By our word. A variable that is missing cannot be restored by a SET. */
  readonly first: Map<string, string> = new Map<string, string>();
  /** By our word: the values after a reset; undefined before the first reset. */
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

  /** One statement that sets the character set, turns the trackers on and has the first values reported. */
  setUp(): string {
    return this.#tellingEach((word) => this.#bounds.get(word));
  }

  /** The same without bounds, so that it changes none of the variables: for a session that was just reset. */
  telling(): string {
    return this.#tellingEach(() => undefined);
  }

  #tellingEach(valueOf: (word: string) => string | undefined): string {
    const parts = [...this.#names].map(([word, name]) => `${name} = ${valueOf(word) ?? `@@${name}`}`);
    return `SET ${[...this.#trackers(), ...parts].join(', ')}`;
  }

  /** Whether any of these variables has a bound. */
  hasBounded(words: ReadonlySet<string>): boolean {
    for (const word of this.#bounds.keys()) if (words.has(word)) return true;
    return false;
  }

  /** The words for the variables that have a bound. */
  get bounded(): Iterable<string> {
    return this.#bounds.keys();
  }

  /** One statement that lowers the variables that exceed their bounds; undefined if there are no bounds. */
  bound(): string | undefined {
    if (this.#bounds.size === 0) return undefined;
    return `SET ${[...this.#bounds].map(([word, within]) => `${this.#names.get(word)!} = ${within}`).join(', ')}`;
  }

  /** The server does not know the collation: the default one of the character set is used. */
  forgetCollation(): void {
    const charset = this.#collation?.charset ?? 'utf8mb4';
    this.#collation = { charset, collation: charset };
  }

  /** Whether the values after a reset are known. */
  get knowsReset(): boolean {
    return this.#afterReset !== undefined;
  }

  /** Takes what the server has reported of a session that was just reset. */
  learnReset(told: Readonly<Record<string, string>>): void {
    const values = new Map<string, string>();
    for (const name of Object.keys(told)) {
      const variable = restorableOf(name);
      if (variable !== undefined) values.set(variable, told[name]!);
    }
    this.#afterReset = values;
  }

  /**
   * One statement that restores the trackers and the first values of a session that was reset. The trackers come last,
   * so that the server need not report the values that are set before.
   */
  setUpAgain(): string {
    const from = new Map<string, string | undefined>();
    for (const variable of this.first.keys())
      if (variable !== 'charset')
        from.set(variable, this.#isReliedOn(variable) ? undefined : this.#afterReset?.get(variable));
    const [names, ...trackers] = this.#trackers();
    return `SET ${[names, ...this.#assignments(from, this.first)!, ...trackers].join(', ')}`;
  }

  /** One statement that restores these variables; undefined if the first value of one is not known. */
  restore(changed: ReadonlySet<string>): string | undefined {
    return this.difference(new Map([...changed].map((variable) => [variable, undefined])), this.first);
  }

  /**
   * One statement that changes the variables of a session from `from` to `to`. Empty when nothing differs; undefined
   * when `to` lacks one of them. A value that is undefined in `from` is not known, and is always set.
   */
  difference(from: ReadonlyMap<string, string | undefined>, to: ReadonlyMap<string, string>): string | undefined {
    const parts = this.#assignments(from, to);
    if (parts === undefined) return undefined;
    return parts.length === 0 ? '' : `SET ${parts.join(', ')}`;
  }

  /** Takes the values that the server has reported as the first ones. */
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
      // SET NAMES sets several variables: it comes first, so as not to override one that is set by its name.
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
 * For the time of a statement, 0 means no limit, so it exceeds every bound. MariaDB counts it in seconds; MySQL accepts
 * no mixture of signed and unsigned numbers.
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

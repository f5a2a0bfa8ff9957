import { CHARSET_VARIABLES, NULLABLE, type Tracked } from './tracked.js';

/** The character sets of a session. `results` is empty when the server converts nothing. */
export interface Charset {
  readonly client: string;
  readonly connection: string;
  readonly results: string;
  readonly collation: string;
  /**
   * The collation of results, which column definitions show; set by SET NAMES or the handshake. Empty for the default.
   */
  readonly ofResults: string;
}

/** From the values of variables, by name, as they are after a handshake or SET NAMES. */
export const charsetIn = (values: ReadonlyMap<string, string>): Charset => ({
  client: values.get('character_set_client') ?? '',
  connection: values.get('character_set_connection') ?? '',
  results: values.get('character_set_results') ?? '',
  collation: values.get('collation_connection') ?? '',
  ofResults: values.get('collation_connection') ?? '',
});

/**
 * The part of a client's session that any backend can be given. It is immutable, and the same object wherever it is
 * equal, so that `client.carried === backend.carried` says that there is nothing to do.
 */
export class Carried {
  /** The default database; empty for none. */
  readonly schema: string;
  /**
   * Whether the session also has the default database's character set, for SET CHARACTER SET and LOAD DATA.
   * COM_RESET_CONNECTION loses that until the database is entered again.
   */
  readonly isEntered: boolean;
  readonly charset: Charset;
  /** By name in lower case; values as SQL that means the same in every sql_mode and character set. */
  readonly userVariables: ReadonlyMap<string, string>;
  /** Whether a text may contain several statements (COM_SET_OPTION). */
  readonly several: boolean;
  /**
   * The system variables that differ from the reference of all states, in the form in which the server reports them.
   */
  readonly changed: ReadonlyMap<string, string>;
  readonly #reference: ReadonlyMap<string, string>;
  #preparedUnder: string | undefined;

  /** @internal made by `CarriedStates` */
  constructor(parts: Parts, reference: ReadonlyMap<string, string>) {
    const { schema, isEntered, changed, charset, userVariables, several } = parts;
    this.schema = schema;
    this.isEntered = isEntered;
    this.changed = changed;
    this.charset = charset;
    this.userVariables = userVariables;
    this.several = several;
    this.#reference = reference;
  }

  /**
   * The value of a system variable, in the form in which the server reports it; undefined for one that is not tracked.
   */
  value(name: string): string | undefined {
    return this.changed.get(name) ?? this.#reference.get(name);
  }

  /**
   * A key for all that a prepared statement is bound to, since the server resolves names, quotes and formats when it
   * prepares a statement. It means the same only under the same key.
   */
  get preparedUnder(): string {
    const { client, connection, results, collation } = this.charset;
    return (this.#preparedUnder ??= JSON.stringify([
      this.schema,
      client,
      connection,
      results,
      collation,
      ...BOUND.map((name) => this.value(name)),
    ]));
  }
}

// A statement is prepared for the current values of these: MySQL even formats month names in the present language.
const BOUND = ['sql_mode', 'lc_time_names', 'time_zone', 'group_concat_max_len', 'div_precision_increment'];

type Parts = Pick<Carried, 'schema' | 'isEntered' | 'changed' | 'charset' | 'userVariables' | 'several'>;

/** The parts of a state that change. */
export interface Changes {
  readonly schema?: string | undefined;
  /** @default true if `schema` is given, otherwise as before */
  readonly isEntered?: boolean | undefined;
  readonly variables?: ReadonlyMap<string, string> | undefined;
  readonly charset?: Charset | undefined;
  /** Values as SQL; undefined removes the variable. */
  readonly userVariables?: ReadonlyMap<string, string | undefined> | undefined;
  readonly several?: boolean | undefined;
}

/** What has to be sent to a session to give it another state, in this order: the statements, the schema, the option. */
export interface Difference {
  readonly statements: readonly string[];
  /** For COM_INIT_DB. */
  readonly schema: string | undefined;
  /** For COM_SET_OPTION. */
  readonly several: boolean | undefined;
}

// The variables that the default collations of character sets depend on.
const COLLATING = ['default_collation_for_utf8mb4', 'character_set_collations', 'old_mode'];

// States that nothing refers to any more are swept when the keys of all states have at least this many characters.
const LEAST = 1_000_000;

/**
 * All states that the clients and the backends of one pool are in. Each is described by its difference from one
 * reference, the variables of the first session, which never changes, even if the server's globals do.
 */
export class CarriedStates {
  readonly tracked: Tracked;
  readonly #states = new Map<string, WeakRef<Carried>>();
  #size = 0;
  #room = LEAST;
  readonly #reference: ReadonlyMap<string, string>;
  /** The default collations of character sets, as far as they are known. */
  readonly #collations = new Map<string, string>();
  #last: { readonly from: Carried; readonly to: Carried; readonly difference: Difference | undefined } | undefined;

  /**
   * @param values of all tracked variables of a session, by name
   * @param collations the default collations of character sets, by name; for any other, the result of SET NAMES is
   * asked for
   */
  constructor(tracked: Tracked, values: ReadonlyMap<string, string>, collations?: ReadonlyMap<string, string>) {
    this.tracked = tracked;
    this.#reference = new Map([...values].filter(([name]) => tracked.names.has(name)));
    // This variable overrides the defaults.
    if ((values.get('character_set_collations') ?? '') !== '') return;
    for (const [charset, collation] of collations ?? [])
      this.#collations.set(
        charset,
        (charset === 'utf8mb4' && values.get('default_collation_for_utf8mb4')) || collation,
      );
  }

  /** The state of a session with these values and without user variables. */
  stateOf(values: ReadonlyMap<string, string>, schema = '', several = false): Carried {
    return this.#state({
      schema,
      isEntered: true,
      several,
      charset: charsetIn(values),
      changed: this.#withVariables(new Map(), values),
      userVariables: new Map(),
    });
  }

  /** The collation that SET NAMES without COLLATE sets; undefined if it is not known. */
  collationOf(charset: string, state: Carried): string | undefined {
    return COLLATING.some((name) => state.changed.has(name)) ? undefined : this.#collations.get(charset);
  }

  /** The character set of a collation, from its name; undefined if it is not known. */
  charsetOf(collation: string): string | undefined {
    const [charset] = collation.split('_', 1);
    return this.#collations.has(charset!) ? charset : undefined;
  }

  /** Learns the collation that SET NAMES without COLLATE has set. */
  learnCollation({ connection, collation }: Charset, state: Carried): void {
    if (!COLLATING.some((name) => state.changed.has(name))) this.#collations.set(connection, collation);
  }

  /** The state that `state` becomes by these changes. */
  with(state: Carried, changes: Changes): Carried {
    const { schema = state.schema, charset = state.charset, several = state.several } = changes;
    return this.#state({
      schema,
      isEntered: changes.isEntered ?? (changes.schema !== undefined || state.isEntered),
      charset,
      several,
      changed: this.#withVariables(state.changed, changes.variables),
      userVariables: withUserVariables(state.userVariables, changes.userVariables),
    });
  }

  /**
   * The state with everything of `other` that prepared statements are bound to, as far as a session can be given it.
   */
  boundAs(state: Carried, other: Carried): Carried {
    const variables = new Map(BOUND.map((name) => [name, other.value(name) ?? '']));
    const { charset, schema } = other;
    return this.with(state, { schema: schema || state.schema, isEntered: state.isEntered, charset, variables });
  }

  /**
   * What it takes to bring a session from one state to the other. Undefined when no statement can: user variables are
   * removed only by a reset, and the default database only by another login.
   */
  difference(from: Carried, to: Carried): Difference | undefined {
    if (from === to) return NO_DIFFERENCE;
    if (this.#last?.from !== from || this.#last.to !== to)
      this.#last = { from, to, difference: this.#differenceOf(from, to) };
    return this.#last.difference;
  }

  #differenceOf(from: Carried, to: Carried): Difference | undefined {
    // No statement removes the default database, its character set, or a user variable: one set to NULL keeps its type.
    if (to.schema === '' && from.schema !== '') return undefined;
    if (!to.isEntered && (from.isEntered || from.schema !== to.schema)) return undefined;
    for (const [name, sql] of from.userVariables) {
      const wanted = to.userVariables.get(name);
      if (wanted === undefined || (wanted === 'NULL' && sql !== 'NULL')) return undefined;
    }
    const parts = charsetParts(from.charset, to.charset);
    for (const name of new Set([...from.changed.keys(), ...to.changed.keys()])) {
      const value = to.value(name) ?? '';
      if (value !== from.value(name) && this.tracked.has(name)) parts.push(`${name} = ${valueAsSql(name, value)}`);
    }
    // Setting max_join_size sets sql_big_selects as well, without a report.
    if (parts.some((part) => part.startsWith('max_join_size ')))
      parts.push(`sql_big_selects = ${valueAsSql('sql_big_selects', to.value('sql_big_selects') ?? '')}`);
    for (const [name, sql] of to.userVariables)
      if (from.userVariables.get(name) !== sql) parts.push(`@\`${name}\` = ${sql}`);
    return {
      statements: parts.length === 0 ? [] : [`SET ${parts.join(', ')}`],
      schema: to.schema === from.schema && to.isEntered === from.isEntered ? undefined : to.schema,
      several: to.several === from.several ? undefined : to.several,
    };
  }

  #withVariables(before: ReadonlyMap<string, string>, changes: Changes['variables']): ReadonlyMap<string, string> {
    if (changes === undefined || changes.size === 0) return before;
    const after = new Map(before);
    for (const [name, value] of changes) {
      if (CHARSET_VARIABLES.has(name) || !this.#reference.has(name)) continue;
      if (this.#reference.get(name) === value) after.delete(name);
      else after.set(name, value);
    }
    return after;
  }

  /** Returns the same object for equal parts. */
  #state(parts: Parts): Carried {
    const key = keyOf(parts);
    const known = this.#states.get(key)?.deref();
    if (known !== undefined) return known;
    if (this.#size >= this.#room) this.#sweep();
    const state = new Carried(parts, this.#reference);
    // The key of a state that was garbage collected is still counted.
    if (!this.#states.has(key)) this.#size += key.length;
    this.#states.set(key, new WeakRef(state));
    return state;
  }

  #sweep(): void {
    for (const [key, state] of this.#states) {
      if (state.deref() !== undefined) continue;
      this.#states.delete(key);
      this.#size -= key.length;
    }
    this.#room = Math.max(LEAST, this.#size * 2);
  }
}

const NO_DIFFERENCE: Difference = Object.freeze({ statements: [], schema: undefined, several: undefined });

const sorted = (map: ReadonlyMap<string, string>): (readonly [string, string])[] =>
  [...map].sort(([a], [b]) => (a < b ? -1 : 1));

const keyOf = ({ schema, isEntered, changed, charset, userVariables, several }: Parts): string =>
  JSON.stringify([
    schema,
    isEntered,
    charset.client,
    charset.connection,
    charset.results,
    charset.collation,
    charset.ofResults,
    several,
    sorted(changed),
    sorted(userVariables),
  ]);

function withUserVariables(
  before: ReadonlyMap<string, string>,
  changes: Changes['userVariables'],
): ReadonlyMap<string, string> {
  if (changes === undefined || changes.size === 0) return before;
  const after = new Map(before);
  for (const [name, sql] of changes) {
    if (sql === undefined) after.delete(name);
    else after.set(name, sql);
  }
  return after;
}

/**
 * The items of a SET: NAMES, and what differs from it. Setting the connection's collation sets its character set too.
 */
function charsetParts(from: Charset, to: Charset): string[] {
  const { client, connection, results, collation, ofResults } = to;
  const isSame =
    client === from.client &&
    connection === from.connection &&
    results === from.results &&
    collation === from.collation &&
    ofResults === from.ofResults;
  if (isSame) return [];
  if (ofResults === '' || results === '') {
    return [
      `character_set_client = ${client}`,
      `character_set_results = ${results === '' ? 'NULL' : results}`,
      `collation_connection = ${collation}`,
    ];
  }
  const parts = [`NAMES ${results} COLLATE ${ofResults}`];
  if (client !== results) parts.push(`character_set_client = ${client}`);
  if (collation !== ofResults) parts.push(`collation_connection = ${collation}`);
  return parts;
}

const NUMBER = /^-?\d+(?:\.\d+)?$/;
const PLAIN = /^[ !#-&(-[\]-~]*$/;

/** A literal that means the same in every sql_mode and character set. */
export function valueAsSql(name: string, value: string): string {
  if (value === '' && NULLABLE.has(name)) return 'NULL';
  if (NUMBER.test(value)) return value;
  return PLAIN.test(value) ? `'${value}'` : `_utf8mb4 X'${Buffer.from(value, 'latin1').toString('hex')}'`;
}

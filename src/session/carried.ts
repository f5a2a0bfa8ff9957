import { CHARSET_VARIABLES } from './tracked.js';

/** The character sets of a session. `results` is empty where the server converts nothing. */
export interface Charset {
  readonly client: string;
  readonly connection: string;
  readonly results: string;
  readonly collation: string;
}

/**
 * The part of a client's session that any backend can be given: immutable, and the same object wherever it is equal, so
 * that `client.carried === backend.carried` says that there is nothing to do.
 */
export class Carried {
  /** The default database, empty for none. */
  readonly schema: string;
  /** The system variables that differ from the base, in the server's form. */
  readonly variables: ReadonlyMap<string, string>;
  readonly charset: Charset;
  /** By name in lower case, as SQL that is right in every sql_mode and under every character set. */
  readonly userVariables: ReadonlyMap<string, string>;
  /** Whether a text may hold several statements (COM_SET_OPTION). */
  readonly several: boolean;

  /** @internal made by `CarriedStates` */
  constructor({ schema, variables, charset, userVariables, several }: Parts) {
    this.schema = schema;
    this.variables = variables;
    this.charset = charset;
    this.userVariables = userVariables;
    this.several = several;
  }
}

type Parts = Pick<Carried, 'schema' | 'variables' | 'charset' | 'userVariables' | 'several'>;

/** What of a state becomes another. */
export interface Changes {
  readonly schema?: string | undefined;
  readonly variables?: ReadonlyMap<string, string> | undefined;
  readonly charset?: Charset | undefined;
  /** As SQL; undefined forgets it. */
  readonly userVariables?: ReadonlyMap<string, string | undefined> | undefined;
  readonly several?: boolean | undefined;
}

/** What has to be said to a session to make it another, in this order: the statements, the schema, the option. */
export interface Difference {
  readonly statements: readonly string[];
  /** For COM_INIT_DB. */
  readonly schema: string | undefined;
  /** For COM_SET_OPTION. */
  readonly several: boolean | undefined;
}

// Of states that nobody may have any more: looked through when there are as many.
const FEWEST = 1_000;

/** All states that the clients and the backends of one pool are in. */
export class CarriedStates {
  readonly #states = new Map<string, WeakRef<Carried>>();
  #room = FEWEST;
  readonly #base: ReadonlyMap<string, string>;
  /** What a new session is like: none of its variables differ. */
  readonly base: Carried;
  #last: { readonly from: Carried; readonly to: Carried; readonly difference: Difference | undefined } | undefined;

  /** @param values of all tracked variables of a new session, by name */
  constructor(values: ReadonlyMap<string, string>, schema = '') {
    this.#base = values;
    const charset = {
      client: values.get('character_set_client') ?? 'utf8mb4',
      connection: values.get('character_set_connection') ?? 'utf8mb4',
      results: values.get('character_set_results') ?? '',
      collation: values.get('collation_connection') ?? '',
    };
    this.base = this.#state({ schema, variables: new Map(), charset, userVariables: new Map(), several: false });
  }

  /** The value that a variable has in a state; undefined for one that is not tracked. */
  valueIn(state: Carried, name: string): string | undefined {
    return state.variables.get(name) ?? this.#base.get(name);
  }

  /** The state that `state` becomes. */
  with(state: Carried, changes: Changes): Carried {
    const { schema = state.schema, charset = state.charset, several = state.several } = changes;
    return this.#state({
      schema,
      charset,
      several,
      variables: this.#withVariables(state.variables, changes.variables),
      userVariables: withUserVariables(state.userVariables, changes.userVariables),
    });
  }

  /** What makes a session that is in the one state one in the other; undefined when nothing but another login does. */
  difference(from: Carried, to: Carried): Difference | undefined {
    if (from === to) return NO_DIFFERENCE;
    if (this.#last?.from !== from || this.#last.to !== to)
      this.#last = { from, to, difference: this.#differenceOf(from, to) };
    return this.#last.difference;
  }

  #differenceOf(from: Carried, to: Carried): Difference | undefined {
    // No statement takes the default database away.
    if (to.schema === '' && from.schema !== '') return undefined;
    const parts = charsetParts(from.charset, to.charset);
    for (const name of new Set([...from.variables.keys(), ...to.variables.keys()])) {
      const value = this.valueIn(to, name);
      if (value !== this.valueIn(from, name)) parts.push(`${name} = ${valueAsSql(value ?? '')}`);
    }
    for (const [name, sql] of to.userVariables)
      if (from.userVariables.get(name) !== sql) parts.push(`@\`${name}\` = ${sql}`);
    for (const name of from.userVariables.keys()) if (!to.userVariables.has(name)) parts.push(`@\`${name}\` = NULL`);
    return {
      statements: parts.length === 0 ? [] : [`SET ${parts.join(', ')}`],
      schema: to.schema === from.schema ? undefined : to.schema,
      several: to.several === from.several ? undefined : to.several,
    };
  }

  #withVariables(before: ReadonlyMap<string, string>, changes: Changes['variables']): ReadonlyMap<string, string> {
    if (changes === undefined || changes.size === 0) return before;
    const after = new Map(before);
    for (const [name, value] of changes) {
      if (CHARSET_VARIABLES.has(name) || !this.#base.has(name)) continue;
      if (this.#base.get(name) === value) after.delete(name);
      else after.set(name, value);
    }
    return after;
  }

  /** The one object for what is equal. */
  #state(parts: Parts): Carried {
    const key = keyOf(parts);
    const known = this.#states.get(key)?.deref();
    if (known !== undefined) return known;
    if (this.#states.size >= this.#room) this.#sweep();
    const state = new Carried(parts);
    this.#states.set(key, new WeakRef(state));
    return state;
  }

  #sweep(): void {
    for (const [key, state] of this.#states) if (state.deref() === undefined) this.#states.delete(key);
    this.#room = Math.max(FEWEST, this.#states.size * 2);
  }
}

const NO_DIFFERENCE: Difference = Object.freeze({ statements: [], schema: undefined, several: undefined });

const sorted = (map: ReadonlyMap<string, string>): (readonly [string, string])[] =>
  [...map].sort(([a], [b]) => (a < b ? -1 : 1));

const keyOf = ({ schema, variables, charset, userVariables, several }: Parts): string =>
  JSON.stringify([
    schema,
    charset.client,
    charset.connection,
    charset.results,
    charset.collation,
    several,
    sorted(variables),
    sorted(userVariables),
  ]);

function withUserVariables(
  before: ReadonlyMap<string, string>,
  changes: Changes['userVariables'],
): ReadonlyMap<string, string> {
  if (changes === undefined || changes.size === 0) return before;
  const after = new Map(before);
  for (const [name, sql] of changes) {
    // One that was never set is NULL as well.
    if (sql === undefined || sql === 'NULL') after.delete(name);
    else after.set(name, sql);
  }
  return after;
}

/** SET NAMES where all are the same, each on its own otherwise. The collation sets the character set of the connection too. */
function charsetParts(from: Charset, to: Charset): string[] {
  const { client, connection, results, collation } = to;
  const isSame =
    client === from.client &&
    connection === from.connection &&
    results === from.results &&
    collation === from.collation;
  if (isSame) return [];
  if (client === connection && connection === results) return [`NAMES ${client} COLLATE ${collation}`];
  return [
    `character_set_client = ${client}`,
    `character_set_results = ${results === '' ? 'NULL' : results}`,
    `collation_connection = ${collation}`,
  ];
}

const NUMBER = /^-?\d+(?:\.\d+)?$/;
const PLAIN = /^[ !#-&(-[\]-~]*$/;

/** Right in every sql_mode and under every character set. */
export function valueAsSql(value: string): string {
  if (NUMBER.test(value)) return value;
  return PLAIN.test(value) ? `'${value}'` : `_utf8mb4 X'${hexOf(new TextEncoder().encode(value))}'`;
}

/** Two digits a byte. */
export const hexOf = (bytes: Iterable<number>): string => {
  let hex = '';
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0');
  return hex.toUpperCase();
};

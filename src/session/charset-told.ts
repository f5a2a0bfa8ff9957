import { charsetIn, type Carried, type CarriedStates, type Charset } from './carried.js';
import type { Reading } from './reading.js';
import type { ToldChange } from './told.js';
import { CHARSET_VARIABLES, type Rows } from './tracked.js';

type Told = ReadonlyMap<string, string>;

const NAMES = [...CHARSET_VARIABLES];

/** The query for the character sets of a session. */
export const ASK_CHARSET: string = `SELECT ${NAMES.map((name) => `@@${name}`).join(', ')}`;

/**
 * A statement after which MySQL reports the collation, and which is no read: a variable that is set is reported even if
 * its value stays the same. The other variables it has reported already.
 */
export const SET_COLLATION = 'SET collation_connection = @@collation_connection';

/**
 * What is known of the character sets of a session. The server reports what SET NAMES sets, except for the collation.
 */
export class CharsetTold {
  readonly #states: CarriedStates;
  /**
   * After SET NAMES without COLLATE: the character set, whose default collation has to be learned. Empty after another
   * SET NAMES, undefined after any other change.
   */
  #named: string | undefined;

  constructor(states: CarriedStates) {
    this.#states = states;
  }

  /**
   * Takes the outcome of a text that has succeeded as a whole.
   * @param told the variables that the server has reported since the text was sent
   * @returns the character sets now, or that they have to be asked for; undefined when they are unchanged
   */
  booked(reading: Reading, told: Told | undefined, state: Carried): Charset | 'unknown' | undefined {
    const { names, setsCharset, setsCharsetByName } = reading;
    if (names !== undefined) return this.#names(told?.get('character_set_client'), names.collation, state) ?? 'unknown';
    if (setsCharset !== true) return undefined;
    this.other();
    return (setsCharsetByName === true ? this.#variables(told, state) : undefined) ?? 'unknown';
  }

  /** Some variables were set by their names. Of the connection's collation and character set, one follows the other. */
  #variables(told: Told = new Map(), state: Carried): Charset | undefined {
    const { client, connection, results, collation, ofResults } = state.charset;
    const [toldConnection, toldCollation] = [told.get('character_set_connection'), told.get('collation_connection')];
    const newResults = told.get('character_set_results');
    const charset = {
      client: told.get('character_set_client') ?? client,
      results: newResults ?? results,
      ofResults: newResults === undefined ? ofResults : '',
    };
    if (toldCollation !== undefined) {
      const itsOwn = toldConnection ?? this.#states.charsetOf(toldCollation);
      return itsOwn === undefined ? undefined : { ...charset, connection: itsOwn, collation: toldCollation };
    }
    if (toldConnection === undefined) return { ...charset, connection, collation };
    const itsDefault = this.#states.collationOf(toldConnection, state);
    return itsDefault === undefined ? undefined : { ...charset, connection: toldConnection, collation: itsDefault };
  }

  /**
   * Handles SET NAMES.
   * @param charset as the server calls it: some character sets have several names
   * @returns undefined if the character sets have to be asked for
   */
  #names(charset: string | undefined, said: string | undefined, state: Carried): Charset | undefined {
    this.#named = said === undefined ? (charset ?? '') : '';
    const collation = charset === undefined ? undefined : this.#collationOf(charset, said, state);
    if (charset === undefined || collation === undefined) return undefined;
    return { client: charset, connection: charset, results: charset, collation, ofResults: collation };
  }

  /** The character sets were set in another way. */
  other(): void {
    this.#named = undefined;
  }

  /**
   * Takes the answer to `ASK_CHARSET` or `SET_COLLATION`.
   * @param told the variables that the server has reported since the client's text was sent
   */
  answered([row]: Rows, change: ToldChange | undefined, told: Told | undefined, state: Carried): Charset {
    const { client, connection, results, collation } = state.charset;
    const before = [client, connection, results, collation];
    const again = change?.variables ?? {};
    const valueOf = (name: string, at: number): string =>
      row === undefined ? (again[name] ?? told?.get(name) ?? before[at]!) : (row[at] ?? '');
    const charset = this.now(new Map(NAMES.map((name, at) => [name, valueOf(name, at)])), state);
    if (this.#named === charset.connection) this.#states.learnCollation(charset, state);
    this.#named = undefined;
    return charset;
  }

  /**
   * Variables were set by their names. With character_set_results, the collation of results becomes the default one of
   * that character set, even if the character set is the same as before.
   * @param names of all variables that were set
   */
  setByName(names: readonly string[], state: Carried): Carried {
    if (!names.includes('character_set_results')) return state;
    return this.#states.with(state, { charset: { ...state.charset, ofResults: '' } });
  }

  /**
   * The character sets with these values. Results keep the collation of the last SET NAMES or of the handshake until
   * their character set changes; then they have its default one.
   */
  now(values: ReadonlyMap<string, string>, { charset: before }: Carried): Charset {
    const charset = charsetIn(values);
    if (this.#named !== undefined) return charset;
    return { ...charset, ofResults: charset.results === before.results ? before.ofResults : '' };
  }

  #collationOf(charset: string, said: string | undefined, state: Carried): string | undefined {
    if (said === undefined) return this.#states.collationOf(charset, state);
    return said === 'binary' || said.startsWith(`${charset}_`) ? said : undefined;
  }
}

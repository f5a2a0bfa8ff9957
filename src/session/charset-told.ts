import { charsetIn, type Carried, type CarriedStates, type Charset } from './carried.js';
import type { Reading } from './reading.js';
import type { ToldChange } from './told.js';
import { CHARSET_VARIABLES, type Rows } from './tracked.js';

type Told = ReadonlyMap<string, string>;

const NAMES = [...CHARSET_VARIABLES];

/** Asks for the character sets of a session. */
export const ASK_CHARSET: string = `SELECT ${NAMES.map((name) => `@@${name}`).join(', ')}`;

/** Likewise, of MySQL, which has told of the others: it tells of what is set, also to what it was. */
export const SET_COLLATION = 'SET collation_connection = @@collation_connection';

/** What is known of the character sets of a session: the server tells of SET NAMES, but not of its collation. */
export class CharsetTold {
  readonly #states: CarriedStates;
  /** SET NAMES was said last: this character set has its default collation, which has to be learned; empty for another. */
  #named: string | undefined;

  constructor(states: CarriedStates) {
    this.#states = states;
  }

  /**
   * A text was done as a whole.
   * @param told what the server has told of variables since it was sent
   * @returns what they are now, or that they have to be asked for; undefined when they are as before
   */
  booked(reading: Reading, told: Told | undefined, state: Carried): Charset | 'unknown' | undefined {
    const { names, setsCharset, setsCharsetByName } = reading;
    if (names !== undefined) return this.#names(told?.get('character_set_client'), names.collation, state) ?? 'unknown';
    if (setsCharset !== true) return undefined;
    this.other();
    return (setsCharsetByName === true ? this.#variables(told, state) : undefined) ?? 'unknown';
  }

  /** Some of the variables were set by their names: of the connection's two the one follows from the other. */
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
   * SET NAMES was said.
   * @param charset as the server calls it: there is more than one name for some
   * @returns undefined where it has to be asked for
   */
  #names(charset: string | undefined, said: string | undefined, state: Carried): Charset | undefined {
    this.#named = said === undefined ? (charset ?? '') : '';
    const collation = charset === undefined ? undefined : this.#collationOf(charset, said, state);
    if (charset === undefined || collation === undefined) return undefined;
    return { client: charset, connection: charset, results: charset, collation, ofResults: collation };
  }

  /** They were set in another way. */
  other(): void {
    this.#named = undefined;
  }

  /** From the answer to `ASK_CHARSET`, or to `SET_COLLATION`. @param told what the server has told of variables since the text was sent */
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
   * Some were set by their names: results have the default collation of their character set then, which may be the one that they had.
   * @param names of all that were
   */
  setByName(names: readonly string[], state: Carried): Carried {
    if (!names.includes('character_set_results')) return state;
    return this.#states.with(state, { charset: { ...state.charset, ofResults: '' } });
  }

  /** The collation that results have is that of SET NAMES or of the handshake, and the default one after all others. */
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

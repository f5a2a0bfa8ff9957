import { charsetIn, type Carried, type CarriedStates, type Charset } from './carried.js';
import { CHARSET_VARIABLES, type Rows } from './tracked.js';

const NAMES = [...CHARSET_VARIABLES];

/** Asks for the character sets of a session. */
export const ASK_CHARSET: string = `SELECT ${NAMES.map((name) => `@@${name}`).join(', ')}`;

/** What is known of the character sets of a session: the server tells of SET NAMES, but not of its collation. */
export class CharsetTold {
  readonly #states: CarriedStates;
  /** SET NAMES was said last: this character set has its default collation, which has to be learned; empty for another. */
  #named: string | undefined;

  constructor(states: CarriedStates) {
    this.#states = states;
  }

  /**
   * SET NAMES was said.
   * @param charset as the server calls it: there is more than one name for some
   * @returns undefined where it has to be asked for
   */
  named(charset: string | undefined, said: string | undefined, state: Carried): Charset | undefined {
    this.#named = said === undefined ? (charset ?? '') : '';
    const collation = charset === undefined ? undefined : this.#collationOf(charset, said, state);
    if (charset === undefined || collation === undefined) return undefined;
    return { client: charset, connection: charset, results: charset, collation, ofResults: collation };
  }

  /** They were set in another way. */
  other(): void {
    this.#named = undefined;
  }

  /** From the answer to `ASK_CHARSET`. */
  answered([row = []]: Rows, state: Carried): Charset {
    const charset = this.now(new Map(NAMES.map((name, at) => [name, row[at] ?? ''])), state);
    if (this.#named === charset.connection) this.#states.learnCollation(charset, state);
    this.#named = undefined;
    return charset;
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

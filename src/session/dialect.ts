import type { KnownServer } from './built-in-names.js';
import type { Reading } from './sql-lexer.js';

/** What is known of the server when a text is analysed. Where something is not known, the worse is assumed. */
export interface Dialect extends KnownServer {
  /** Whether a text may hold several statements. */
  readonly several?: boolean;
  /** What may run when a name is used that looks like a table. */
  readonly hidden?: HiddenEffects | undefined;
  /** What a backslash does under the session's sql_mode, where that is known. */
  readonly escapes?: Reading['escapes'];
}

/** The names, in lower case, of what may do more than the text of a statement says. */
export interface HiddenEffects {
  /** Views, which run functions whenever they are used. */
  readonly onUse: ReadonlySet<string>;
  /** Tables and views whose triggers run when they are written to. */
  readonly onWrite: ReadonlySet<string>;
  /**
   * Tables with triggers that set something, and views of them: the error of a failed write does not tell what was set.
   */
  readonly onFailure: ReadonlySet<string>;
}

import type { ServerKind } from './built-in-names.js';
import type { Reading } from './sql-lexer.js';

/** What is known of the server when a text is judged. What is not known is taken for the worse. */
export interface Dialect {
  /** Whether a text may hold several statements. */
  readonly several?: boolean;
  readonly server?: ServerKind | undefined;
  /** What is behind names that look like tables. */
  readonly hidden?: HiddenEffects | undefined;
  /** What a backslash does under the session's sql_mode, where that is known. */
  readonly escapes?: Reading['escapes'];
}

/** Names, in lower case, of what may do more than the text says. */
export interface HiddenEffects {
  /** Views, which run functions whenever they are used. */
  readonly onUse: ReadonlySet<string>;
  /** Tables and views whose triggers run when they are written to. */
  readonly onWrite: ReadonlySet<string>;
  /** Tables with triggers that set something, and views of them: no error tells what was set before a write failed. */
  readonly onFailure: ReadonlySet<string>;
}

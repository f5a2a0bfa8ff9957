import type { ServerKind } from './built-in-names.js';
import type { HiddenEffects } from './dialect.js';
import { Lexer } from './sql-lexer.js';
import { effectOf, routineMayHide } from './statement.js';

const MOST = 5_000;
const LONGEST = 20_000;

/**
 * The query for the views and triggers of the default database: what they do is not in the text of a statement that
 * uses them. A definition that is empty, or too long to be analysed, counts as one that may do anything.
 */
export const ASK_HIDDEN: string = [
  `SELECT 'view' AS kind, TABLE_NAME AS name, IF(LENGTH(VIEW_DEFINITION) > ${LONGEST}, '', VIEW_DEFINITION) AS definition`,
  'FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE() UNION ALL',
  `SELECT 'trigger', EVENT_OBJECT_TABLE, IF(LENGTH(ACTION_STATEMENT) > ${LONGEST}, '', ACTION_STATEMENT)`,
  `FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() LIMIT ${MOST}`,
].join(' ');

/** A view, or a trigger, under the name of its table. */
export interface Definition {
  readonly kind: 'view' | 'trigger';
  readonly name: string;
  readonly definition: string;
}

/** Takes the rows of the answer. */
export const definitionsOf = (rows: readonly Readonly<Record<string, unknown>>[]): Definition[] =>
  rows.map(({ kind, name, definition }) => ({
    kind: kind === 'view' ? 'view' : 'trigger',
    name: String(name),
    definition: typeof definition === 'string' ? definition : '',
  }));

/** What is known of one definition. */
interface Known extends Definition {
  readonly mentions: ReadonlySet<string>;
  readonly mayDoAnything: boolean;
}

/** The names that may do more than the text of a statement says; undefined when there are none. */
export function hiddenEffects(
  definitions: readonly Definition[],
  server: ServerKind | undefined,
): HiddenEffects | undefined {
  const names = new Set(definitions.map(({ name }) => name.toLowerCase()));
  const all = definitions.map((each): Known => {
    const { kind, definition } = each;
    const isFree =
      definition !== '' &&
      (kind === 'view' ? effectOf(definition, { server }).kind === 'read' : !routineMayHide(definition, { server }));
    return {
      kind,
      definition,
      name: each.name.toLowerCase(),
      mentions: namesIn(definition, names),
      mayDoAnything: !isFree,
    };
  });
  const onUse = new Set<string>();
  const onWrite = new Set<string>();
  const onFailure = new Set(
    all.filter(({ kind, definition }) => kind === 'trigger' && maySet(definition)).map(({ name }) => name),
  );
  const mentionsAny = ({ mentions }: Known, found: ReadonlySet<string>): boolean =>
    [...mentions].some((name) => found.has(name));
  // Repeated until nothing is added, because of views of views, and triggers that write to tables with triggers.
  const size = (): number => onUse.size + onWrite.size + onFailure.size;
  for (let before = -1; before < size();) {
    before = size();
    for (const known of all) {
      const isView = known.kind === 'view';
      if (isView && (known.mayDoAnything || mentionsAny(known, onUse))) onUse.add(known.name);
      const isHidden = (!isView && (known.mayDoAnything || mentionsAny(known, onUse))) || mentionsAny(known, onWrite);
      if (isHidden) onWrite.add(known.name);
      if (mentionsAny(known, onFailure)) onFailure.add(known.name);
    }
  }
  return size() === 0 ? undefined : { onUse, onWrite, onFailure };
}

const BEGINS: ReadonlySet<string> = new Set(['begin', 'then', 'else', 'do', 'loop', 'repeat']);

/** Whether the body of a trigger may set anything other than columns of its row. */
function maySet(body: string): boolean {
  const lexer = new Lexer(body);
  let isBeginning = true;
  let isTarget = false;
  /** How deep in parentheses it is within a SET; undefined outside of one. */
  let depth: number | undefined;
  while (lexer.next() !== 'end') {
    const word = lexer.text.toLowerCase();
    if (lexer.kind === 'variable') return true;
    if (isTarget && word !== 'new') return true;
    const isSet = isBeginning && word === 'set';
    if (lexer.kind === 'assign' && depth === undefined) return true;
    if (isSet) depth = 0;
    else if (lexer.text === ';') depth = undefined;
    else if (lexer.text === '(' && depth !== undefined) depth++;
    else if (lexer.text === ')' && depth !== undefined) depth--;
    isTarget = isSet || (depth === 0 && lexer.text === ',');
    isBeginning = lexer.text === ';' || BEGINS.has(word);
  }
  const isSure = !lexer.isBroken && !lexer.isOpaque && lexer.executable === undefined && !body.includes('\\');
  return body === '' || !isSure;
}

/** The names in a text, in lower case; only those in `among`, when that is given. */
export function namesIn(sql: string, among?: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  const lexer = new Lexer(sql);
  while (lexer.next() !== 'end') {
    const { kind } = lexer;
    if (kind !== 'word' && kind !== 'name' && kind !== 'quoted') continue;
    const name = lexer.name.toLowerCase();
    if (among === undefined || among.has(name)) found.add(name);
  }
  return found;
}

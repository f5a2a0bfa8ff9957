import { MASKED } from './multi-byte.js';
import type { Hold } from './pins.js';

/** What a statement takes and what it releases, as far as its tokens tell. */
export interface Holds {
  readonly takes: readonly Hold[];
  readonly letsGo: readonly Hold[];
}

const NONE: Holds = Object.freeze({ takes: [], letsGo: [] });

/** The first words of the statements whose tokens tell what they take or release. */
export const HOLDING: ReadonlySet<string> = new Set(
  'create drop alter rename prepare deallocate handler lock unlock flush backup xa'.split(' '),
);

/** @param tokens of one statement after its first word: names without their quotes */
export function holdsOf(first: string, tokens: readonly string[]): Holds {
  const words = tokens.map((token) => token.toLowerCase());
  const [second = '', third = ''] = words;
  switch (first) {
    case 'create':
      return words.slice(0, 3).includes('temporary') ? madeTable(tokens, words) : NONE;
    case 'drop':
      if (second === 'prepare') return { takes: [], letsGo: [{ reason: 'prepared text', name: third }] };
      return droppedTables(tokens, words);
    case 'deallocate':
      return { takes: [], letsGo: [{ reason: 'prepared text', name: third }] };
    case 'prepare':
      return take('prepared text', known(second));
    case 'handler':
      return handler(tokens, words);
    case 'lock':
      return second === 'instance' ? take('read lock', 'instance') : NONE;
    case 'unlock':
      return { takes: [], letsGo: [{ reason: 'read lock', name: second === 'instance' ? 'instance' : 'tables' }] };
    case 'flush':
      return flushed(words);
    case 'backup':
      return backup(words);
    case 'xa':
      return second === 'recover' ? NONE : take('xa');
    default:
      return NONE;
  }
}

const take = (reason: Hold['reason'], name?: string): Holds => ({ takes: [{ reason, name }], letsGo: [] });

/** CREATE [OR REPLACE] TEMPORARY TABLE [IF NOT EXISTS] name … */
function madeTable(tokens: readonly string[], words: readonly string[]): Holds {
  let at = words.indexOf('table') + 1;
  if (at === 0) return take('temporary table');
  if (words[at] === 'if') at += 3;
  return take('temporary table', tableAt(tokens, at));
}

/** DROP [TEMPORARY] TABLE [IF EXISTS] name, name …: of two tables with one name, the temporary one is dropped. */
function droppedTables(tokens: readonly string[], words: readonly string[]): Holds {
  let at = words[0] === 'temporary' ? 1 : 0;
  if (words[at] !== 'table' && words[at] !== 'tables') return NONE;
  at += words[at + 1] === 'if' ? 3 : 1;
  const letsGo: Hold[] = [];
  for (; at < tokens.length; at++) {
    const name = tableAt(tokens, at);
    if (name !== undefined) letsGo.push({ reason: 'temporary table', name });
    if (tokens[at + 1] === '.') at += 2;
    if (tokens[at + 1] !== ',') break;
    at++;
  }
  return { takes: [], letsGo };
}

/** `database.table`, or `.table` in the default database; undefined if the name has letters that are masked. */
function tableAt(tokens: readonly string[], at: number): string | undefined {
  const name = tokens[at];
  if (name === undefined) return undefined;
  const whole = tokens[at + 1] === '.' ? `${name}.${tokens[at + 2]}` : `.${name}`;
  return whole.includes(MASKED) ? undefined : whole;
}

const known = (name: string): string | undefined => (name.includes(MASKED) ? undefined : name);

/** HANDLER name OPEN [AS alias], HANDLER alias READ …, HANDLER alias CLOSE */
function handler(tokens: readonly string[], words: readonly string[]): Holds {
  const isQualified = words[1] === '.';
  const at = isQualified ? 3 : 1;
  const name = tokens[at - 1];
  if (words[at] === 'close') return { takes: [], letsGo: [{ reason: 'handler', name }] };
  if (words[at] !== 'open') return NONE;
  const alias = words[at + 1] === 'as' ? tokens[at + 2] : tokens[at + 1];
  return take('handler', known(alias ?? name ?? ''));
}

/** FLUSH [LOCAL] TABLES WITH READ LOCK. With names it locks tables, which the server reports. */
function flushed(words: readonly string[]): Holds {
  const at = words.findIndex((word) => word === 'tables' || word === 'table');
  return at >= 0 && words[at + 1] === 'with' && words[at + 2] === 'read' ? take('read lock', 'tables') : NONE;
}

/** BACKUP STAGE …, BACKUP LOCK name, BACKUP UNLOCK */
function backup([second = '', third = '']: readonly string[]): Holds {
  if (second === 'unlock') return { takes: [], letsGo: [{ reason: 'read lock', name: 'backup lock' }] };
  if (second === 'lock') return take('read lock', 'backup lock');
  return third === 'end'
    ? { takes: [], letsGo: [{ reason: 'read lock', name: 'backup stage' }] }
    : take('read lock', 'backup stage');
}

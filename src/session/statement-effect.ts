import {
  ANYTHING,
  bothDirty,
  DIRTY,
  FOREIGN,
  READ,
  WRITE,
  WRITE_DEFINING,
  WRITE_READ_ONLY,
  XA,
  type Effect,
} from './effect.js';
import { effectOfSet, withKept, withLasting } from './set-statement.js';
import type { Reading } from './sql-lexer.js';
import { DIRTIES, READING_VERBS, READS, WRITES } from './statement-words.js';
import { effectOfTemporary } from './temporary-table.js';

/** What a `StatementReader` has found in one statement. */
export interface StatementFacts {
  /** Its first two words, in lower case. */
  readonly first: string;
  readonly second: string;
  /** How many tokens it has. */
  readonly count: number;
  /** The word for what it does, if that is not the first one. */
  readonly verb: string | undefined;
  /** The kind of object that it makes, changes or drops. */
  readonly object: string | undefined;
  readonly isTemporary: boolean;
  readonly renames: boolean;
  readonly hasVariable: boolean;
  readonly hasRole: boolean;
  readonly isReadOnly: boolean;
  /** It leaves something that no tracker reports. */
  readonly isUntracked: boolean;
  /** It calls a routine, or something that may be one. */
  readonly callsForeign: boolean;
  readonly usesHidden: boolean;
  readonly writesHidden: boolean;
  readonly runsTriggers: boolean;
  /** What comes after the word SET. */
  readonly set: string;
  readonly setFrom: number;
}

/** The effect of a statement with these facts. @param sql the text that the statement is part of */
export const effectOfFacts = (facts: StatementFacts, sql: string, reading: Reading): Effect =>
  withCalled(
    facts,
    RUNS_TEXT.has(facts.first) ? withKept(byItself(facts, sql, reading), sql) : byItself(facts, sql, reading),
  );

// Statements with other statements in them, which may be SET.
const RUNS_TEXT: ReadonlySet<string> = new Set(['prepare', 'execute', 'begin']);

/** Whether it may run code that cannot be seen in it, if this is what it does by itself. */
export const runsUnseen = (facts: StatementFacts, effect: Effect): boolean =>
  facts.callsForeign || facts.usesHidden || (facts.writesHidden && effect.kind !== 'read');

/** What the statement does by itself. */
function byItself(facts: StatementFacts, sql: string, reading: Reading): Effect {
  const { first, second } = facts;
  if (first === 'set') return ofSet(facts, reading);
  if (first === 'with') return ofVerb(facts);
  if (first === 'analyze') return /^(?:table|local|no_write_to_binlog)$/.test(second) ? WRITE : ofAnalyzed(facts);
  if (READS.has(first)) return second === 'analyze' && first !== 'select' ? ofAnalyzed(facts) : READ;
  if (first === 'begin') return facts.count === 1 || (facts.count === 2 && second === 'work') ? WRITE : ANYTHING;
  if (first === 'xa') return second === 'recover' ? READ : XA;
  if (first === 'load' && facts.hasVariable) return DIRTY;
  if (first === 'start' && facts.isReadOnly) return WRITE_READ_ONLY;
  if (facts.isTemporary) return facts.isUntracked ? DIRTY : effectOfTemporary(sql);
  if (DIRTIES.has(first)) return DIRTY;
  if (!WRITES.has(first)) return ANYTHING;
  return first === 'rename' || facts.renames || facts.object === 'view' || facts.object === 'trigger'
    ? WRITE_DEFINING
    : WRITE;
}

const ofVerb = ({ verb }: StatementFacts): Effect => (verb === undefined || READING_VERBS.has(verb) ? READ : WRITE);

/** ANALYZE runs the statement, and answers with rows. */
const ofAnalyzed = (facts: StatementFacts): Effect => (ofVerb(facts) === READ ? READ : DIRTY);

function ofSet(facts: StatementFacts, reading: Reading): Effect {
  const effect = facts.second === 'statement' ? ofSetFor(facts) : effectOfSet(facts.set, reading);
  return effect.kind === 'dirty' ? withLasting(effect, facts.set) : effect;
}

/** SET STATEMENT … FOR … of MariaDB. What it sets is reported, but restored without a report. */
function ofSetFor({ hasRole, verb }: StatementFacts): Effect {
  if (hasRole) return bothDirty(ANYTHING, FOREIGN);
  return verb === undefined ? ANYTHING : DIRTY;
}

/** Adds the effect of what the statement calls. */
function withCalled(facts: StatementFacts, effect: Effect): Effect {
  // What it makes or renames by itself has to be looked at all the same.
  if (runsUnseen(facts, effect)) return bothDirty(effect, ANYTHING);
  if (facts.isUntracked && effect.kind !== 'dirty') return bothDirty(effect, DIRTY);
  return facts.runsTriggers && effect.kind === 'write' ? { ...effect, runsTriggers: true } : effect;
}

import { FieldReader, FieldWriter } from './fields.js';

const VARIABLE = 0;
const SCHEMA = 1;
const STATE = 2;
const GTID = 3;
const TRANSACTION_TEXT = 4;
const TRANSACTION_STATE = 5;

const CHANGED = '1';

/**
 * What the session trackers report in an OK. All texts are decoded as latin1, one character for each byte, as they are
 * in the session's character set, which is not known here.
 */
export interface SessionChange {
  /** The default database, if it was set; otherwise null. */
  readonly schema: string | null;
  /** The system variables that were set, by the server's names and in its order. NULL is reported as an empty text. */
  readonly variables: Readonly<Record<string, string>>;
  /** The state tracker reports that something in the session was changed; it does not tell what. */
  readonly isStateChanged: boolean;
  /** The transaction state, eight characters; undefined if it did not change. */
  readonly transactionState: string | undefined;
  /** The statements that would start a transaction like the current one; undefined if they did not change. */
  readonly transactionText: string | undefined;
}

interface Collected {
  schema: string | null;
  readonly variables: Record<string, string>;
  isStateChanged: boolean;
  transactionState: string | undefined;
  transactionText: string | undefined;
}

const NOTHING: Omit<Collected, 'variables'> = {
  schema: null,
  isStateChanged: false,
  transactionState: undefined,
  transactionText: undefined,
};

/** Decodes the blocks between `from` and `to`. Blocks of an unknown type are skipped. */
export function decodeSessionChange(bytes: Buffer, from: number, to: number): SessionChange {
  // Without a prototype, a variable called like a property of all objects is a name like any other.
  const change: Collected = { ...NOTHING, variables: Object.create(null) as Record<string, string> };
  const fields = new FieldReader(bytes, from, to);
  while (fields.left > 0) {
    const type = fields.byte();
    const data = fields.prefixed();
    collect(change, type, new FieldReader(data));
  }
  return change;
}

function collect(change: Collected, type: number, data: FieldReader): void {
  const text = (): string => data.prefixed().toString('latin1');
  if (type === VARIABLE) {
    while (data.left > 0) {
      const name = text();
      change.variables[name] = text();
    }
  } else if (type === SCHEMA) change.schema = text();
  else if (type === STATE) change.isStateChanged ||= data.rest().toString('latin1').endsWith(CHANGED);
  else if (type === TRANSACTION_TEXT) change.transactionText = text();
  else if (type === TRANSACTION_STATE) change.transactionState = text();
  else if (type === GTID) return;
}

/** Encodes the blocks in the order in which servers send them. */
export function encodeSessionChange(change: SessionChange): Buffer {
  const fields = new FieldWriter();
  for (const [name, value] of Object.entries(change.variables)) {
    const pair = new FieldWriter().prefixed(bytesOf(name)).prefixed(bytesOf(value)).end();
    fields.byte(VARIABLE).prefixed(pair);
  }
  if (change.schema !== null) block(fields, SCHEMA, change.schema);
  if (change.isStateChanged) fields.byte(STATE).prefixed(bytesOf(CHANGED));
  if (change.transactionState !== undefined) block(fields, TRANSACTION_STATE, change.transactionState);
  if (change.transactionText !== undefined) block(fields, TRANSACTION_TEXT, change.transactionText);
  return fields.end();
}

function block(fields: FieldWriter, type: number, text: string): void {
  fields.byte(type).prefixed(new FieldWriter().prefixed(bytesOf(text)).end());
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

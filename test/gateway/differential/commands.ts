/**
 * Translates a text of a program to a command. A text is a query, unless it begins with an exclamation mark:
 * `!latin1 SQL` (each character is one byte), `!use DATABASE`, `!ping`, `!reset`, `!multi on`, `!fields TABLE`,
 * `!prepare SLOT SQL`, `!execute SLOT [values]`, `!again SLOT [values]` (without types: those of the last execution),
 * `!load TEXT SQL` (the statement may ask for a file with this text, in which `;` stands for the end of a line),
 * `!cursor SLOT [values]`, `!fetch SLOT ROWS`, `!long SLOT PARAMETER TEXT`, `!restart SLOT`, `!forget SLOT`.
 * The slot `last` is the statement that was prepared last, whose id drivers may give as -1 before they know it.
 */
import { Command, FieldWriter } from '#internal/wire/index.js';

const LONGLONG = 0x08;
const DOUBLE = 0x05;
const STRING = 0xfd;
const NULL = 0x06;
const CURSOR = 1;
const LAST = 0xffffffff;
/** The id of a statement that was never prepared. */
export const NO_STATEMENT = 0x7fffffff;

export type Value = number | string | null;

export interface Wanted {
  readonly payload: Buffer;
  /** The file to send if the server asks for one. */
  readonly file?: Buffer;
  /** The slot of the statement that this command prepares. */
  readonly slot?: string;
  /** The id of the statement that this command executes without sending the types of the values. */
  readonly withoutTypes?: number;
}

/** @param ids the ids of prepared statements, by slot */
export function commandOf(text: string, ids: ReadonlyMap<string, number>): Wanted {
  if (!text.startsWith('!')) return { payload: bytes(Command.QUERY, Buffer.from(text)) };
  const [, word = '', rest] = /^!(\w+) ?(.*)$/s.exec(text)!;
  const [, slot, more] = /^(\S*) ?(.*)$/s.exec(rest!)!;
  const id = slot === 'last' ? LAST : (ids.get(slot!) ?? NO_STATEMENT);
  switch (word) {
    case 'load':
      return { payload: bytes(Command.QUERY, Buffer.from(more!)), file: Buffer.from(slot!.replaceAll(';', '\n')) };
    case 'latin1':
      return { payload: bytes(Command.QUERY, Buffer.from(rest!, 'latin1')) };
    case 'use':
      return { payload: bytes(Command.INIT_DB, Buffer.from(rest!)) };
    case 'ping':
      return { payload: Buffer.of(Command.PING) };
    case 'reset':
      return { payload: Buffer.of(Command.RESET_CONNECTION) };
    case 'multi':
      return { payload: Buffer.of(Command.SET_OPTION, rest === 'on' ? 0 : 1, 0) };
    case 'fields':
      return { payload: bytes(Command.FIELD_LIST, Buffer.from(`${rest!}\0`)) };
    case 'prepare':
      return { payload: bytes(Command.STMT_PREPARE, Buffer.from(more!)), slot: slot! };
    case 'execute':
      return { payload: execute(id, valuesIn(more!), 0, true) };
    case 'again':
      return { payload: execute(id, valuesIn(more!), 0, false), withoutTypes: id };
    case 'cursor':
      return { payload: execute(id, valuesIn(more!), CURSOR, true) };
    case 'fetch':
      return { payload: of(Command.STMT_FETCH, id).fourBytes(Number(more)).end() };
    case 'long':
      return { payload: longData(id, more!) };
    case 'restart':
      return { payload: of(Command.STMT_RESET, id).end() };
    case 'forget':
      return { payload: of(Command.STMT_CLOSE, id).end() };
    default:
      throw new Error(`a program has a command that is not known: ${text}`);
  }
}

function bytes(command: number, rest: Buffer): Buffer {
  return Buffer.concat([Buffer.of(command), rest]);
}

function of(command: number, id: number): FieldWriter {
  return new FieldWriter().byte(command).fourBytes(id);
}

function valuesIn(text: string): readonly Value[] {
  return text === '' ? [] : (JSON.parse(text) as readonly Value[]);
}

function longData(id: number, text: string): Buffer {
  const [, parameter, data] = /^(\d+) (.*)$/s.exec(text)!;
  return of(Command.STMT_SEND_LONG_DATA, id).twoBytes(Number(parameter)).bytes(Buffer.from(data!)).end();
}

function execute(id: number, values: readonly Value[], flags: number, withTypes: boolean): Buffer {
  const fields = of(Command.STMT_EXECUTE, id).byte(flags).fourBytes(1);
  if (values.length === 0) return fields.end();
  const nulls = Buffer.alloc((values.length + 7) >> 3);
  for (const [index, value] of values.entries()) if (value === null) nulls[index >> 3]! |= 1 << (index & 7);
  fields.bytes(nulls).byte(withTypes ? 1 : 0);
  if (withTypes) for (const value of values) fields.byte(typeOf(value)).byte(0);
  for (const value of values) write(fields, value);
  return fields.end();
}

function typeOf(value: Value): number {
  if (value === null) return NULL;
  if (typeof value === 'string') return STRING;
  return Number.isInteger(value) ? LONGLONG : DOUBLE;
}

function write(fields: FieldWriter, value: Value): void {
  if (value === null || value === '!long') return;
  if (typeof value === 'string') fields.prefixedText(value);
  else {
    const eight = Buffer.alloc(8);
    if (Number.isInteger(value)) eight.writeBigInt64LE(BigInt(value));
    else eight.writeDoubleLE(value);
    fields.bytes(eight);
  }
}

/**
 * Removes permitted differences from two answers. Each rule has a name and a reason; all that no rule removes is
 * compared byte by byte.
 */
import {
  answerOf,
  Capability,
  Command,
  decodeEof,
  decodeOk,
  encodeEof,
  encodeOk,
  FieldReader,
  isError,
  isOk,
  Status,
  type Packet,
} from '#internal/wire/index.js';
import type { ServerKind } from '#support/servers/index.js';

/** Whether a packet is an EOF, as sent without DEPRECATE_EOF. */
export const isEof = (payload: Buffer): boolean => payload[0] === 0xfe && payload.length === 5;

interface Rule {
  readonly name: string;
  readonly why: string;
  /** The only server whose answers the rule is for. @default all servers */
  readonly server?: ServerKind;
  /** Returns the payload to be compared; the same payload if the rule does not apply. */
  readonly apply: (payload: Buffer, command: number, index: number) => Buffer;
}

const RULES: readonly Rule[] = [
  {
    name: 'number of a prepared statement',
    why: 'servers number them as they like (MariaDB over all its sessions), and a client only sends them back',
    apply: (payload, command, index) => {
      if (command !== Command.STMT_PREPARE || index > 0 || !isOk(payload)) return payload;
      const same = Buffer.from(payload);
      same.writeUInt32LE(0, 1);
      return same;
    },
  },
  {
    name: 'number of a prepared statement, in a text',
    why: 'the text of 1243 and 1421 repeats the number that the client sent, and so do SHOW ERRORS and user variables',
    apply: (payload) => replaced(payload, 'prepared statement handler (', NUMBERED, '$1(N)'),
  },
  {
    name: 'number of a session',
    why: 'each has its own, which KILL names and 1094 repeats',
    apply: (payload) => replaced(payload, 'Unknown thread id: ', THREAD, '$1N'),
  },
  {
    name: 'number of a prepared statement without a cursor',
    why: 'likewise',
    apply: (payload) => replaced(payload, 'The statement (', CURSORLESS, '$1(N)'),
  },
  {
    name: 'a change of the session, in an EOF',
    why: 'MariaDB says in an EOF that trackers have something to tell, which cannot follow there',
    apply: (payload) => {
      if (!isEof(payload)) return payload;
      const { warnings, status } = decodeEof(payload);
      return encodeEof(warnings, status & ~Status.SESSION_STATE_CHANGED);
    },
  },
  {
    name: 'a change of the session that nothing is told of',
    why: 'MySQL says so, with no bytes behind it, also of changes that no tracker of the client is about',
    apply: (payload) => {
      const isEmpty = (isOk(payload) || payload[0] === 0xfe) && payload.length > 7 && payload.at(-1) === 0;
      if (!isEmpty) return payload;
      try {
        const ok = decodeOk(payload, 0, payload.length, Capability.SESSION_TRACK);
        if ((ok.status & Status.SESSION_STATE_CHANGED) === 0 || ok.change !== undefined) return payload;
        return encodeOk(ok, Capability.SESSION_TRACK, isOk(payload) ? 0 : 0xfe);
      } catch {
        return payload; // a row
      }
    },
  },
  {
    name: 'order of variables in a change',
    why: 'MariaDB tells several in the order of a hash of their addresses, which differs with each start and with the list',
    server: 'mariadb',
    apply: (payload) => {
      if (!isOk(payload) && payload[0] !== 0xfe) return payload;
      try {
        const ok = decodeOk(payload, 0, payload.length, Capability.SESSION_TRACK);
        if (ok.change === undefined || Object.keys(ok.change.variables).length < 2) return payload;
        const variables = Object.fromEntries(
          Object.entries(ok.change.variables).toSorted(([a], [b]) => (a < b ? -1 : 1)),
        );
        return encodeOk(
          { ...ok, change: { ...ok.change, variables } },
          Capability.SESSION_TRACK,
          isOk(payload) ? 0 : 0xfe,
        );
      } catch {
        return payload; // a row
      }
    },
  },
  {
    name: 'columns of a prepared statement have changed',
    why: 'the one session that had prepared it says so once; clients go by the columns, which come with every answer',
    apply: (payload, command) => {
      if (command !== Command.STMT_EXECUTE || payload[0] !== 0xfe) return payload;
      const same = Buffer.from(payload);
      same.writeUInt16LE(payload.readUInt16LE(STATUS_OF_END) & ~Status.METADATA_CHANGED, STATUS_OF_END);
      return same;
    },
  },
  {
    name: 'warnings of a command that has none',
    why: 'MySQL counts those of the statement before in the answers to these, which a question may have followed',
    server: 'mysql',
    apply: (payload, command) => {
      if (!WITHOUT_WARNINGS.has(command) || isError(payload)) return payload;
      const same = Buffer.from(payload);
      same.writeUInt16LE(0, isEof(payload) ? 1 : WARNINGS_OF_OK);
      return same;
    },
  },
  {
    name: 'length of a user variable without a value',
    why: 'MariaDB says one byte less in a session where a statement with its name was ever prepared, by whomever',
    server: 'mariadb',
    apply: (payload) => {
      const at = payload.length - END_OF_DEFINITION;
      const isLonger = at > 0 && payload[at] === END_OF_DEFINITION - 1 && payload.readUInt32LE(at + 3) === NEVER_SET;
      if (!isLonger || !payload.subarray(0, 4).equals(DEFINITION)) return payload;
      const same = Buffer.from(payload);
      same.writeUInt32LE(NEVER_SET - 1, at + 3);
      return same;
    },
  },
  {
    name: 'whether the column of a prepared statement may be NULL, or is compared byte by byte',
    why: 'MariaDB works that out for expressions under the sql_mode and collation in which a session has run the statement before',
    server: 'mariadb',
    apply: (payload, command) => {
      const at = payload.length - END_OF_DEFINITION;
      if (command !== Command.STMT_EXECUTE || at <= 0 || !payload.subarray(0, OF_NO_TABLE.length).equals(OF_NO_TABLE))
        return payload;
      const same = Buffer.from(payload);
      same[at + FLAGS]! &= ~(NOT_NULL | BINARY);
      return same;
    },
  },
  {
    name: 'whether an index was used',
    why: 'the optimizer decides by what it knows of a table, which servers count anew in the background',
    apply: (payload, command, index) => {
      if (command === Command.STMT_PREPARE || payload.length < WARNINGS_OF_OK) return payload;
      const at = payload[0] === 0xfe ? STATUS_OF_END : index === 0 && isOk(payload) ? statusOfOk(payload) : undefined;
      if (at === undefined) return payload;
      const same = Buffer.from(payload);
      same.writeUInt16LE(payload.readUInt16LE(at) & ~(Status.NO_INDEX | Status.NO_GOOD_INDEX), at);
      return same;
    },
  },
  {
    name: 'name of a temporary file',
    why: 'errors of ALTER TABLE name the copy, whose name holds the number of the process and of the session',
    apply: (payload) => replaced(payload, '#sql', COPY, '#sql'),
  },
];

const WITHOUT_WARNINGS: ReadonlySet<number> = new Set([Command.PING, Command.SET_OPTION, Command.INIT_DB]);
/** The offset of the warnings in an OK: after the two counts, which are 0, and the status. */
const WARNINGS_OF_OK = 5;
const DEFINITION = Buffer.from('\u0003def');
/**
 * The number of bytes at the end of a column definition: the length of the fixed part, character set, length, type,
 * flags, decimals.
 */
const END_OF_DEFINITION = 13;
/** The offset of the flags in those bytes, and some of the flags. */
const FLAGS = 8;
const NOT_NULL = 0x01;
const BINARY = 0x80;
const OF_NO_TABLE = Buffer.concat([DEFINITION, Buffer.alloc(3)]);
const NEVER_SET = 0x01_00_00_00;
/**
 * The offset of the status in the packet that ends rows: in an EOF after the warnings, in an OK after two counts of 0.
 */
const STATUS_OF_END = 3;

function statusOfOk(payload: Buffer): number {
  const fields = new FieldReader(payload, 1);
  fields.integer();
  fields.integer();
  return fields.at;
}

// In a row, the byte before the text is its length, which changes with the number.
const NUMBERED = /[^]?(Unknown prepared statement handler )\(\d+\)/g;
const CURSORLESS = /[^]?(The statement )\(\d+\)/g;
const THREAD = /[^]?(Unknown thread id: )\d+/g;
const COPY = /#sql[-\w]*/g;

/** @param part a text that every payload with something to replace contains */
function replaced(payload: Buffer, part: string, what: RegExp, by: string): Buffer {
  if (!payload.includes(part)) return payload;
  return Buffer.from(payload.toString('latin1').replaceAll(what, by), 'latin1');
}

/** Status flags in the EOF after columns that do not depend on the following rows, and that clients act on. */
const KNOWN_AHEAD = Status.AUTOCOMMIT | Status.CURSOR_EXISTS | Status.NO_BACKSLASH_ESCAPES;

/**
 * Removes the other flags from the EOF after columns: whether the statement uses an index, has begun a transaction, or
 * has further results. A gateway whose server sends no such EOF learns this only at the end of the rows, where it tells
 * the client. No client acts on these flags before.
 */
function withoutForesight(packets: readonly Packet[], command: number): readonly Packet[] {
  if (!['query', 'execute', 'prepare'].includes(answerOf(command))) return packets;
  let isInRows = false;
  return packets.map((one) => {
    const { sequence, payload } = one;
    if (!isEof(payload)) {
      if (isInRows && isError(payload)) isInRows = false;
      return one;
    }
    const isAfterColumns = command === Command.STMT_PREPARE || !isInRows;
    const { status } = decodeEof(payload);
    isInRows = isAfterColumns && (status & Status.CURSOR_EXISTS) === 0;
    return isAfterColumns ? { sequence, payload: encodeEof(0, status & KNOWN_AHEAD) } : one;
  });
}

/** Whether this packet ends a result after which another one follows. */
function isFollowed(payload: Buffer, isFirst: boolean): boolean {
  const at = payload[0] === 0xfe ? STATUS_OF_END : isFirst && isOk(payload) ? statusOfOk(payload) : undefined;
  return at !== undefined && (payload.readUInt16LE(at) & Status.MORE_RESULTS) !== 0;
}

/** @param command the first byte of the command that is answered */
export function normalized(packets: readonly Packet[], command: number, kind: ServerKind): Packet[] {
  const hasResults = ['query', 'execute'].includes(answerOf(command));
  let isFirst = true;
  return withoutForesight(packets, command).map(({ sequence, payload: original }, index) => {
    let payload = original;
    // In each of several results, the index counts from 0.
    const place = isFirst ? 0 : index;
    isFirst = hasResults && isFollowed(payload, isFirst);
    for (const { apply, server = kind } of RULES) if (server === kind) payload = apply(payload, command, place);
    return { sequence, payload };
  });
}

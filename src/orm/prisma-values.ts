import { Types, type FieldPacket } from 'mysql2';
import { PrismaAdapterError } from './prisma-errors.js';
import { COLUMN_TYPES, type PrismaArgType, type PrismaQuery, type PrismaResultSet } from './prisma-port.js';

type ColumnType = PrismaResultSet['columnTypes'][number];

/** Undeclared properties of mysql2's column definitions. */
interface Column {
  readonly name: string;
  readonly columnType: number;
  readonly characterSet: number;
  readonly flags: number;
  /** MariaDB's JSON type is a LONGTEXT; only this property distinguishes the two. */
  readonly extendedFormat?: string;
}

const BINARY = 63;
const UNSIGNED = 0x20;
const ENUM = 0x100;

const { int32, int64, float, double, numeric, text, date, time, dateTime, json, bytes } = COLUMN_TYPES;
const codes = Types as unknown as Readonly<Record<string, number>>;

const BY_CODE: ReadonlyMap<number, ColumnType> = new Map(
  (
    [
      ['TINY', int32], ['SHORT', int32], ['INT24', int32], ['LONG', int32], ['YEAR', int32], ['NULL', int32],
      ['LONGLONG', int64], ['FLOAT', float], ['DOUBLE', double], ['DECIMAL', numeric], ['NEWDECIMAL', numeric],
      ['DATE', date], ['NEWDATE', date], ['TIME', time], ['DATETIME', dateTime], ['TIMESTAMP', dateTime],
      ['JSON', json], ['ENUM', COLUMN_TYPES.enum], ['BIT', bytes], ['GEOMETRY', bytes], ['VECTOR', bytes],
    ] as const
  ).map(([name, type]) => [codes[name]!, type]),
); // prettier-ignore

function typeOf({ columnType, characterSet, flags, extendedFormat }: Column): ColumnType {
  const type = BY_CODE.get(columnType);
  if (type === int32 && columnType === codes['LONG'] && (flags & UNSIGNED) !== 0) return int64;
  if (type !== undefined) return type;
  if (extendedFormat === 'json') return json;
  if (characterSet === BINARY) return bytes;
  return (flags & ENUM) === 0 ? text : COLUMN_TYPES.enum;
}

/** One value as mysql2 passes it to a `typeCast` function. */
interface Cell {
  readonly type: string;
  readonly extendedFormat?: string;
  string(encoding?: string): string | null;
  buffer(): Buffer | null;
}

const AS_BYTES: ReadonlySet<string> = new Set(['BIT', 'GEOMETRY', 'VECTOR']);
const AS_IT_COMES: ReadonlySet<string> = new Set([
  'VARCHAR',
  'VAR_STRING',
  'STRING',
  'ENUM',
  'SET',
  'BLOB',
  'TINY_BLOB',
  'MEDIUM_BLOB',
  'LONG_BLOB',
]);

/** Reads every value as the server sent it, whatever the options of the pool say about numbers, dates and JSON. */
export function readCell(cell: Cell, next: () => unknown): unknown {
  if (cell.type === 'JSON' || cell.extendedFormat === 'json') return cell.string('utf8');
  if (AS_BYTES.has(cell.type)) return cell.buffer();
  return AS_IT_COMES.has(cell.type) ? next() : cell.string('ascii');
}

/** Converts a result for Prisma. Of several result sets only the first is returned. */
export function resultOf(answer: unknown, fields: FieldPacket[] | FieldPacket[][] | undefined): PrismaResultSet {
  if (!Array.isArray(answer)) {
    const { insertId } = answer as { readonly insertId?: number | string };
    const none = { columnNames: [], columnTypes: [], rows: [] };
    return insertId === undefined ? none : { ...none, lastInsertId: String(insertId) };
  }
  if (Array.isArray(fields?.[0])) return resultOf(answer[0], fields[0]);
  const columns = (fields ?? []) as unknown as readonly Column[];
  const columnTypes = columns.map(typeOf);
  const rows = answer as unknown[][];
  for (const row of rows) {
    for (let i = 0; i < row.length; i++) {
      if (row[i] !== null) row[i] = valueOf(row[i], columnTypes[i]!, columns[i]!.name);
    }
  }
  return { columnNames: columns.map(({ name }) => name), columnTypes, rows };
}

function valueOf(value: unknown, type: ColumnType, column: string): unknown {
  if (type === int32 || type === float || type === double) return Number(value);
  if (type !== dateTime) return value;
  const at = value as string;
  // MySQL allows dates with a month or day of 0.
  if (Number.isNaN(Date.parse(at))) {
    throw new PrismaAdapterError({ kind: 'InconsistentColumnData', cause: `column ${column}: "${at}" is no date` });
  }
  return `${at.replace(' ', 'T')}+00:00`;
}

/** Converts the arguments of a statement for mysql2's text protocol. */
export function argumentsOf({ args, argTypes }: PrismaQuery): unknown[] | undefined {
  return args.length === 0 ? undefined : args.map((value, i) => argumentOf(value, argTypes[i]));
}

const DECIMAL = /^[-+]?\d+(?:\.\d+)?$/;

function argumentOf(value: unknown, type: PrismaArgType | undefined): unknown {
  if (typeof value === 'string') {
    switch (type?.scalarType ?? 'unknown') {
      case 'bigint':
        return BigInt(value);
      case 'datetime':
        return timeOf(new Date(value), type?.dbType);
      case 'bytes':
        return Buffer.from(value, 'base64');
      case 'decimal':
        // If it were quoted, the server would compare as floating-point numbers.
        return DECIMAL.test(value) ? { toSqlString: () => value } : value;
      default:
        return value;
    }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  if (value instanceof Date) return timeOf(value, type?.dbType);
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  // mysql2 would expand an object to assignments (`a` = 1, …).
  return JSON.stringify(value);
}

/** Formats a time in UTC, in which Prisma stores all times. */
function timeOf(at: Date, dbType: string | undefined): string {
  const [day, clock] = at.toISOString().replace('Z', '').split('T') as [string, string];
  switch (dbType?.toUpperCase() ?? 'DATETIME') {
    case 'DATE':
      return day;
    case 'TIME':
      return clock;
    default:
      return `${day} ${clock}`;
  }
}

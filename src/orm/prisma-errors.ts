import { errnoOf, isLost } from '../session/index.js';
import { codeOf } from '../pool/index.js';

/** The description of an error for Prisma, which derives its own code (P2002, P1001 …) from the kind. */
export interface PrismaErrorPayload {
  readonly kind: string;
  readonly originalCode?: string;
  readonly originalMessage?: string;
  readonly [detail: string]: unknown;
}

/**
 * The error class that Prisma expects from adapters. Applications find it in `error.meta.driverAdapterError`; its
 * `original` is the error of the pool or of mysql2.
 * @since 0.1.0
 */
export class PrismaAdapterError extends Error {
  override readonly name = 'DriverAdapterError';
  override readonly cause: PrismaErrorPayload;
  readonly original: unknown;

  constructor(payload: PrismaErrorPayload, original?: unknown) {
    super(payload.originalMessage ?? payload.kind);
    this.cause = payload;
    this.original = original;
  }
}

/** Converts an error for Prisma; an error without an equivalent is returned unchanged. */
export function prismaError(error: unknown): unknown {
  if (error instanceof PrismaAdapterError) return error;
  const kind = /^(?:POOL|MYSQL)_/.test(codeOf(error) ?? '') ? kindOfPool(error as Error) : kindOfDriver(error);
  if (kind === undefined) return error;
  const { code, errno, sqlMessage, message } = error as DriverError;
  const originalCode = String(errno !== undefined && errno > 0 ? errno : code);
  return new PrismaAdapterError({ originalCode, originalMessage: sqlMessage ?? message, ...kind }, error);
}

interface DriverError extends Error {
  readonly code?: string;
  readonly errno?: number;
  readonly sqlMessage?: string;
  readonly sqlState?: string;
  readonly address?: string;
  readonly hostname?: string;
  readonly port?: number;
}

function kindOfPool(error: Error): PrismaErrorPayload | undefined {
  const code = codeOf(error);
  if (code === 'POOL_LEASE_ENDED') return { kind: 'TransactionAlreadyClosed', cause: error.message };
  // The cause is the pool's reason why it could not connect.
  if (error.cause !== undefined) return kindOfDriver(error.cause) ?? { kind: 'DatabaseNotReachable' };
  return code === 'POOL_ACQUIRE_TIMEOUT' ? { kind: 'SocketTimeout' } : undefined;
}

const UNREACHABLE: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'POOL_OPERATION_TIMEOUT',
]);

function kindOfDriver(error: unknown): PrismaErrorPayload | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, address, hostname, port } = error as DriverError;
  const errno = errnoOf(error);
  if (errno !== undefined && (error as DriverError).sqlState !== undefined) return kindOfServer(error, errno);
  if (UNREACHABLE.has(code)) return { kind: 'DatabaseNotReachable', host: address ?? hostname, port };
  if (
    code === 'HANDSHAKE_SSL_ERROR' ||
    code === 'HANDSHAKE_NO_SSL_SUPPORT' ||
    /^(?:CERT|ERR_TLS|ERR_SSL)_/.test(code ?? '')
  )
    return { kind: 'TlsConnectionError', reason: error.message };
  return isLost(error) ? { kind: 'ConnectionClosed' } : undefined;
}

/** Maps server errors by number. Names are taken from the English messages of MySQL and MariaDB. */
function kindOfServer(error: DriverError, errno: number): PrismaErrorPayload {
  const text = error.sqlMessage ?? error.message;
  switch (errno) {
    case 1062:
      return { kind: 'UniqueConstraintViolation', ...violatedKey(text) };
    case 1451:
    case 1452:
      return { kind: 'ForeignKeyConstraintViolation', ...foreignKey(text) };
    case 1048:
    case 1364:
      return { kind: 'NullConstraintViolation', ...fields(quoted(text)) };
    case 1264:
    case 1690:
      return { kind: 'ValueOutOfRange', cause: text };
    case 1292:
    case 1366:
      return { kind: 'InvalidInputValue', message: text };
    case 1406:
      return { kind: 'LengthMismatch', column: quoted(text) };
    case 1146:
      return { kind: 'TableDoesNotExist', table: quoted(text)?.split('.').at(-1) };
    case 1054:
      return { kind: 'ColumnNotFound', column: quoted(text) };
    case 1007:
      return { kind: 'DatabaseAlreadyExists', db: quoted(text) };
    case 1049:
      return { kind: 'DatabaseDoesNotExist', db: quoted(text) };
    case 1044:
      return { kind: 'DatabaseAccessDenied', db: /'([^']*)'$/.exec(text)?.[1] };
    case 1045:
    case 1698:
      return { kind: 'AuthenticationFailed', user: quoted(text) };
    case 1191:
      return { kind: 'MissingFullTextSearchIndex' };
    case 1205:
    case 1213:
      return { kind: 'TransactionWriteConflict' };
    case 1040:
    case 1203:
    case 1226:
      return { kind: 'TooManyConnections', cause: text };
    default:
      if (isLost(error)) return { kind: 'ConnectionClosed' };
      return { kind: 'mysql', code: errno, message: text, state: error.sqlState };
  }
}

/** The first quoted name. */
const quoted = (text: string): string | undefined => /'([^']*)'/.exec(text)?.[1];

const fields = (name: string | undefined): object => (name === undefined ? {} : { constraint: { fields: [name] } });

/** `… for key 'users.email'`; MariaDB leaves the table out. The value before it may hold quotes of its own. */
function violatedKey(text: string): object {
  const key = / for key '([^']*)'$/.exec(text)?.[1];
  if (key === undefined) return {};
  const dot = key.lastIndexOf('.');
  const constraint = { index: key.slice(dot + 1) };
  return dot > 0 ? { constraint, table: key.slice(0, dot) } : { constraint };
}

function foreignKey(text: string): object {
  const columns = /FOREIGN KEY \(`([^)]*)`\)/.exec(text)?.[1];
  return columns === undefined ? {} : { constraint: { fields: columns.split('`, `') } };
}

import { codeOf, type AcquireTimeoutError } from '../pool/index.js';

/**
 * Codes for the errors that mysql2's own pool creates without a code.
 * @since 0.1.0
 */
export const FACADE_ERROR_CODES = [
  'POOL_CLOSED',
  'POOL_CONNLIMIT',
  'POOL_ENQUEUELIMIT',
  'POOL_ACQUIRE_TIMEOUT',
  'POOL_NOEXIST',
  'POOL_NONEONLINE',
] as const;

const TEXTS = {
  POOL_CLOSED: 'Pool is closed.',
  POOL_CONNLIMIT: 'No connections available.',
  POOL_ENQUEUELIMIT: 'Queue limit reached.',
  POOL_NOEXIST: 'Pool does Not exist.',
  POOL_NONEONLINE: 'Pool does Not have online node.',
} as const;

/** Creates an error with the message that mysql2's pool would give it. */
export function facadeError(code: keyof typeof TEXTS, cause?: unknown): Error {
  return Object.assign(new Error(TEXTS[code], cause === undefined ? {} : { cause }), { code });
}

/**
 * Converts an error for callers of mysql2's API: mysql2's own messages where it has one, and for a failure to connect
 * the driver's error itself, unwrapped, because callers look at its code.
 * @param waits whether the caller was willing to wait for a connection
 */
export function asMysql2Error(error: unknown, waits: boolean): unknown {
  const failure = connectFailureIn(error);
  if (failure !== undefined) return failure;
  switch (codeOf(error) ?? '') {
    case 'POOL_CLOSED':
      return facadeError('POOL_CLOSED', error);
    case 'POOL_QUEUE_FULL':
      return facadeError('POOL_ENQUEUELIMIT', error);
    case 'POOL_ACQUIRE_TIMEOUT':
      return asTimeout(error as AcquireTimeoutError, waits);
    default:
      return error;
  }
}

function asTimeout(error: AcquireTimeoutError, waits: boolean): unknown {
  if (!waits) return facadeError('POOL_CONNLIMIT', error);
  return Object.assign(new Error(error.message, { cause: error }), { code: error.code });
}

/**
 * The failure to connect behind an error of the pool: an outage, or wrong settings. Undefined for every other error: a
 * timeout while all connections were in use is no failure to connect.
 */
export function connectFailureIn(error: unknown): unknown {
  const code = codeOf(error);
  const { cause, phase } = error as Partial<AcquireTimeoutError>;
  const isThat =
    code === 'POOL_CONNECT' ||
    code === 'POOL_UNAVAILABLE' ||
    (code === 'POOL_ACQUIRE_TIMEOUT' && phase === 'connecting');
  return isThat ? connectFailure(cause) : undefined;
}

/** If the pool's own time limit ended the dial, the equivalent error of mysql2, ETIMEDOUT. */
export function connectFailure(cause: unknown): unknown {
  if (codeOf(cause) !== 'POOL_OPERATION_TIMEOUT') return cause;
  const more = { code: 'ETIMEDOUT', errorno: 'ETIMEDOUT', syscall: 'connect', fatal: true };
  return Object.assign(new Error('connect ETIMEDOUT', { cause }), more);
}

import { setTimeout as sleep } from 'node:timers/promises';
import { splitOptions } from '../api/options.js';
import type { MysqlPoolOptions } from '../api/index.js';
import { connect, drop, quit, type MysqlConnection } from '../mysql/driver.js';
import { codeOf } from '../pool/index.js';
import { classifyOpenFailure, errnoOf } from '../session/index.js';
import { fullIn, type Full } from './full.js';
import { cut, harmless } from './text.js';

/** The result of asking a server. */
export type Answer<Facts> =
  | { readonly kind: 'answered'; readonly facts: Facts }
  /** No server answers at the address. */
  | { readonly kind: 'unreachable'; readonly why: string }
  /** The server answers, but refuses the login. */
  | {
      readonly kind: 'refused';
      readonly why: string;
      /** The limit that is the reason; undefined for any other reason. */
      readonly full?: Full | undefined;
    };

/** The time limit for connecting, and another one for all questions together, in ms. */
const MOST = 5_000;

// For how long a login to a full server or account is tried again, and the pause between two attempts, in ms. It may
// help to wait: the processes of a fleet notice refused logins and give up connections.
const PATIENCE = 3_000;
const PAUSE = 200;

/** Like `askOver`, but tries again for a while if the server or the account is full. */
export async function askWhereFull<Facts>(
  options: MysqlPoolOptions,
  signal: AbortSignal,
  ask: (connection: MysqlConnection) => Promise<Facts>,
): Promise<Answer<Facts>> {
  const until = performance.now() + PATIENCE;
  for (;;) {
    const answer = await askOver(options, signal, ask);
    const isFull = answer.kind === 'refused' && answer.full !== undefined;
    if (!isFull || performance.now() > until || signal.aborted) return answer;
    await sleep(PAUSE, undefined, { signal }).catch(() => undefined);
  }
}

/** Connects once, as the program would, calls `ask` and disconnects. Rejects only if `ask` does. */
export async function askOver<Facts>(
  options: MysqlPoolOptions,
  signal: AbortSignal,
  ask: (connection: MysqlConnection) => Promise<Facts>,
): Promise<Answer<Facts>> {
  const { driver, password: source } = splitOptions(options);
  let connection: MysqlConnection | undefined;
  try {
    const password = typeof source === 'function' ? await source() : source;
    // A signal that has aborted before is not told again to those who listen from now on.
    signal.throwIfAborted();
    connection = connect({ ...driver, ...(password !== undefined && { password }), connectTimeout: MOST });
    await connected(connection, signal);
  } catch (error) {
    if (connection !== undefined) drop(connection);
    return failure(error);
  }
  const asked = connection;
  const end = (): void => drop(asked);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(MOST)]);
  limit.addEventListener('abort', end);
  try {
    const facts = await ask(connection);
    quit(connection);
    return { kind: 'answered', facts };
  } finally {
    limit.removeEventListener('abort', end);
  }
}

/**
 * Waits until the login is complete. It has a time limit here, since mysql2's own one ends with the server's greeting.
 */
async function connected(connection: MysqlConnection, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(MOST)]);
  await new Promise<void>((resolve, reject) => {
    const late = (): void => reject(new Error(`no answer within ${MOST} ms`));
    limit.addEventListener('abort', late);
    connection.connect((error) => {
      limit.removeEventListener('abort', late);
      if (error) reject(error);
      else resolve();
    });
  });
}

function failure(error: unknown): Answer<never> {
  const errno = errnoOf(error);
  const why = whyOf(error);
  // `errnoOf` returns only error numbers of the server; those of the network are negative.
  const isNoServer = codeOf(error) === 'ENOTFOUND';
  if (errno !== undefined || (!isNoServer && classifyOpenFailure(error) === 'fatal')) {
    return { kind: 'refused', why, full: fullIn(error) };
  }
  return { kind: 'unreachable', why };
}

/**
 * The error's message on one line, without a full stop. Node's error for a name with several addresses, none of which
 * answers, has no message: its code is used.
 */
export function whyOf(error: unknown): string {
  const { message = '', code = '' } = error as { readonly message?: string; readonly code?: string };
  const text = message === '' ? code : message;
  return cut(harmless(text === '' ? String(error) : text), 300).replace(/\.$/, '');
}

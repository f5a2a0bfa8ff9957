import { setTimeout as sleep } from 'node:timers/promises';
import { splitOptions } from '../api/options.js';
import type { MysqlPoolOptions } from '../api/index.js';
import { connect, drop, quit, type MysqlConnection } from '../mysql/driver.js';
import { codeOf } from '../pool/index.js';
import { classifyOpenFailure, errnoOf } from '../session/index.js';
import { fullIn, type Full } from './full.js';
import { cut, harmless } from './text.js';

/** What came of asking a server. */
export type Answer<Facts> =
  | { readonly kind: 'answered'; readonly facts: Facts }
  /** Nobody answers there. */
  | { readonly kind: 'unreachable'; readonly why: string }
  /** It answers, and does not let us in. */
  | {
      readonly kind: 'refused';
      readonly why: string;
      /** Which limit it is for; undefined when it has room. */
      readonly full?: Full | undefined;
    };

/** Bounds the dial, and then all questions together, in ms. */
const MOST = 5_000;

// How long (ms) it is tried to be let in by a server or an account that is full, and how often. A fleet sees by refused logins
// that somebody has nothing, and gives way.
const PATIENCE = 3_000;
const PAUSE = 200;

/** The same, but where there is no room it tries again for a while. */
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

/** Connects once, as the program would, asks, and goes. Rejects only when `ask` does. */
export async function askOver<Facts>(
  options: MysqlPoolOptions,
  signal: AbortSignal,
  ask: (connection: MysqlConnection) => Promise<Facts>,
): Promise<Answer<Facts>> {
  const { driver, password: source } = splitOptions(options);
  let connection: MysqlConnection | undefined;
  try {
    const password = typeof source === 'function' ? await source() : source;
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

/** mysql2 bounds it only as far as the server's greeting. */
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
  // Refused by a network has a negative number, by a server a positive one.
  const isNoServer = codeOf(error) === 'ENOTFOUND';
  if (errno !== undefined || (!isNoServer && classifyOpenFailure(error) === 'fatal')) {
    return { kind: 'refused', why, full: fullIn(error) };
  }
  return { kind: 'unreachable', why };
}

/** One line without a full stop. A failure to connect to all addresses of a name has no message of its own. */
export function whyOf(error: unknown): string {
  const { message = '', code = '' } = error as { readonly message?: string; readonly code?: string };
  const text = message === '' ? code : message;
  return cut(harmless(text === '' ? String(error) : text), 300).replace(/\.$/, '');
}

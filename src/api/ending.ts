import { drop } from '../mysql/driver.js';
import { onAbort } from './on-abort.js';
import type { Session } from '../mysql/session.js';
import { STOP_WITHIN } from '../mysql/stop.js';

/**
 * Waits for the answer to a COMMIT or ROLLBACK. Reaching the limit does not interrupt it at once: the server gets one
 * more second to answer. After that the connection is destroyed, and `work` rejects because its connection is lost.
 * Otherwise a network that drops packets silently would block the caller indefinitely.
 */
export function answered<T>(session: Session, limit: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  return limit === undefined ? work : answeredWithin(session, limit, work);
}

async function answeredWithin<T>(session: Session, limit: AbortSignal, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const giveUp = (): void => {
    // Called before `drop`, so that everybody is told this reason and not that of the closed socket.
    session.host.lost(new Error('the server did not answer COMMIT or ROLLBACK in time'));
    drop(session.connection);
  };
  const hurry = (): void => void (timer = setTimeout(giveUp, STOP_WITHIN));
  let forget = (): void => undefined;
  if (limit.aborted) hurry();
  else forget = onAbort(limit, hurry);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
    forget();
  }
}

/**
 * Waits for a ROLLBACK, but not longer than the limit: after that the caller goes on, and whatever uses the session
 * next waits for the ROLLBACK instead. Never rejects.
 */
export async function rolledBack(
  session: Session,
  limit: AbortSignal | undefined,
  work: Promise<unknown>,
): Promise<void> {
  const done = answered(session, limit, work).catch(() => undefined);
  if (!(await beforeLimit(limit, done))) session.judgeAfter(done);
}

/** Waits for `work`, which never rejects. False when the limit was reached first. */
export async function beforeLimit(limit: AbortSignal | undefined, work: Promise<unknown>): Promise<boolean> {
  if (limit === undefined) return work.then(() => true);
  if (limit.aborted) return false;
  let forget = (): void => undefined;
  const aborted = new Promise<boolean>((resolve) => (forget = onAbort(limit, () => resolve(false))));
  try {
    return await Promise.race([work.then(() => true), aborted]);
  } finally {
    forget();
  }
}

import { drop } from '../mysql/driver.js';
import { onAbort } from './on-abort.js';
import type { Session } from '../mysql/session.js';
import { STOP_WITHIN } from '../mysql/stop.js';

/**
 * Waits for the answer to a COMMIT or ROLLBACK. No limit breaks it off at once, but when one has been reached the server
 * has a second left: then the connection is destroyed, and `work` fails with its loss. Without that a network that has
 * gone silent would hold the caller for ever.
 */
export function answered<T>(session: Session, limit: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  return limit === undefined ? work : answeredWithin(session, limit, work);
}

async function answeredWithin<T>(session: Session, limit: AbortSignal, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const giveUp = (): void => {
    // First, so that this is the reason that everybody is told.
    session.host.lost(new Error('the end of its transaction was not answered in time'));
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

/** Waits for a ROLLBACK, but not beyond the limit: what comes after it waits instead. Never rejects. */
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

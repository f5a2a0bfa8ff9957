import type { ClientSession } from '../session/index.js';
import type { BindingClient } from './binding-client.js';
import { ServerError } from './own-answer.js';

/** ER_BAD_DB_ERROR: unknown database. */
const UNKNOWN_DATABASE = 1049;

/** The default databases of sessions that somebody else has dropped. On a server, such a session keeps the name. */
const dropped = new WeakMap<ClientSession, string>();

/**
 * Whether `error` says that a client's default database was dropped, so that no backend can enter it. The client then
 * goes on without a default database: most statements do not need one, such as the one that creates it again.
 */
export function leavesDropped(error: unknown, { session, account }: BindingClient): boolean {
  const { schema } = session.carried;
  if (schema === '' || !(error instanceof ServerError) || error.errno !== UNKNOWN_DATABASE) return false;
  session.arrive(account.states.with(session.carried, { schema: '' }));
  dropped.set(session, schema);
  return true;
}

/** Whether a client has no default database because it was dropped. */
export const isOutside = (session: ClientSession): boolean => dropped.has(session);

/** Has a client whose default database was dropped try to enter it again, unless it has chosen another meanwhile. */
export function entersAgain({ session, account }: BindingClient): void {
  const schema = dropped.get(session);
  if (schema === undefined) return;
  dropped.delete(session);
  if (session.carried.schema === '') session.arrive(account.states.with(session.carried, { schema }));
}

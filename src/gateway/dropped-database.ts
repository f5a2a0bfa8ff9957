import type { ClientSession } from '../session/index.js';
import type { BindingClient } from './binding-client.js';
import { ServerError } from './own-answer.js';

/** The server's number for a database that there is not. */
const NO_DATABASE = 1049;

/** The databases that sessions were in when somebody else dropped them: at a server, a session stays in one by its name. */
const dropped = new WeakMap<ClientSession, string>();

/**
 * Whether a client's database turned out to be dropped when a backend was to enter it. No backend can; the client goes on
 * with none, as most of what it says has no need of it: to make it again, for one.
 */
export function leavesDropped(error: unknown, { session, account }: BindingClient): boolean {
  const { schema } = session.carried;
  if (schema === '' || !(error instanceof ServerError) || error.errno !== NO_DATABASE) return false;
  session.arrive(account.states.with(session.carried, { schema: '' }));
  dropped.set(session, schema);
  return true;
}

/** Whether a client is in no database because its own was dropped. */
export const isOutside = (session: ClientSession): boolean => dropped.has(session);

/** A client whose database was dropped is in it again when it is there again, unless it has gone into another. */
export function entersAgain({ session, account }: BindingClient): void {
  const schema = dropped.get(session);
  if (schema === undefined) return;
  dropped.delete(session);
  if (session.carried.schema === '') session.arrive(account.states.with(session.carried, { schema }));
}

import type { BindingClient } from './binding-client.js';
import { ServerError } from './own-answer.js';
import type { Task } from './task.js';

/** The server's number for a database that there is not. */
const NO_DATABASE = 1049;

/** Whether a client is about to leave its database, which somebody has dropped, so that no backend can enter it first. */
export function leavesDropped(error: unknown, { reading }: Task, { session, account }: BindingClient): boolean {
  if (reading?.first !== 'use' || !(error instanceof ServerError) || error.errno !== NO_DATABASE) return false;
  if (session.carried.schema === '') return false;
  session.arrive(account.states.with(session.carried, { schema: '' }));
  return true;
}

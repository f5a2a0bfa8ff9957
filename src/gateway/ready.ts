import type { Backend, BackendUser } from './backend.js';
import type { BindingClient } from './binding-client.js';
import { carry, prepareFor } from './carrying.js';
import type { Holds } from './holds.js';
import { ServerError } from './own-answer.js';
import { attachStatement } from './statement-on-backend.js';
import { refusal, type Task } from './task.js';

/**
 * Prepares a backend for a command: brings its session into the client's state, and prepares the command's statement on
 * it. Rejects as `carry` does.
 * @param isFresh whether the session may be in another client's state
 * @returns the task to run: `task`, or one that fails with the error `task.unprepared`
 */
export async function makeReady(
  backend: Backend,
  user: BackendUser & { readonly holds: Holds },
  { session, account }: BindingClient,
  task: Task,
  isFresh: boolean,
): Promise<Task> {
  const { reading, statement, frame, unprepared } = task;
  const { connector } = account;
  if (isFresh) {
    const from = backend.carried!;
    backend.carried = undefined;
    if (from !== session.carried) account.counts.replays++;
    backend.hasDiagnostics = backend.hasDiagnosticsOfOthers(user);
    await carry(backend, from, session.carried, connector);
    await connector.bound(backend, session.carried);
  }
  try {
    if (statement !== undefined) await attachStatement(backend, frame, statement, session, user.holds, connector);
  } catch (error) {
    if (unprepared === undefined || !(error instanceof ServerError)) throw error;
    return refusal(unprepared);
  }
  if (reading !== undefined) await prepareFor(backend, session, reading);
  return task;
}

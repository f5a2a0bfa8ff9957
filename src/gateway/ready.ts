import type { Backend, BackendUser } from './backend.js';
import type { BindingClient } from './binding-client.js';
import { carry, prepareFor } from './carrying.js';
import { attachStatement } from './statement-on-backend.js';
import type { Task } from './task.js';

/**
 * Makes a backend's session what a command finds at the server. Rejects as `carry` does.
 * @param isFresh the backend may be in another's state
 */
export async function makeReady(
  backend: Backend,
  user: BackendUser,
  { session, account }: BindingClient,
  { reading, statement, frame }: Task,
  isFresh: boolean,
): Promise<void> {
  const { connector } = account;
  if (isFresh) {
    const from = backend.carried!;
    backend.carried = undefined;
    if (from !== session.carried) account.counts.replays++;
    backend.hasDiagnostics = backend.hasDiagnosticsOfOthers(user);
    await carry(backend, from, session.carried, connector);
    await connector.bound(backend, session.carried);
  }
  if (statement !== undefined) await attachStatement(backend, frame, statement, session, connector);
  if (reading !== undefined) await prepareFor(backend, session, reading);
}

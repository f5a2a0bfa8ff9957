import type { ClientSession } from '../session/index.js';
import { Command, renumber } from '../wire/index.js';
import { frameOf, type Backend } from './backend.js';
import { carry, settle, type Resetting } from './carrying.js';
import type { ClientStatement } from './client-statements.js';
import { NO_DATABASE } from './errors.js';
import type { Holds } from './holds.js';
import { ServerError } from './own-answer.js';

/** Puts the backend's statement id into a command. Returns false if the backend has not prepared the statement. */
export function nameStatement(backend: Backend, frame: Buffer, statement: ClientStatement): boolean {
  const id = backend.statements.get(statement.key);
  if (id === undefined) return false;
  renumber(frame, id);
  return true;
}

/**
 * As `nameStatement`, but prepares the statement on the backend if needed. That happens in the state in which the
 * client has prepared it, since the server binds names and quotes when it prepares; then the session is brought back to
 * its own state.
 */
export async function attachStatement(
  backend: Backend,
  frame: Buffer,
  statement: ClientStatement,
  session: ClientSession,
  holds: Holds,
  resetting: Resetting,
): Promise<void> {
  if (nameStatement(backend, frame, statement)) return;
  if (statement.carried.preparedUnder === session.carried.preparedUnder) {
    renumber(frame, await prepare(backend, statement, holds));
    return;
  }
  // The state to come back to must be known.
  await settle(backend, () => session.doubtOfBound);
  const { carried } = session;
  // There would be no way back, as no statement leaves a database without entering another.
  if (carried.schema === '' && statement.carried.schema !== '') throw new ServerError(NO_DATABASE);
  // Changes only what the server binds a statement by: a change of autocommit, for instance, would end the transaction.
  const bound = resetting.learned!.states.boundAs(carried, statement.carried);
  await carry(backend, carried, bound, resetting);
  try {
    renumber(frame, await prepare(backend, statement, holds));
  } finally {
    await carry(backend, bound, carried, resetting);
  }
}

async function prepare(backend: Backend, statement: ClientStatement, { isHeld }: Holds): Promise<number> {
  const told = await backend.command(Buffer.from(statement.text, 'latin1'), Command.STMT_PREPARE, 'prepare');
  const id = told.prepared!;
  closeStatements(backend, backend.statements.set(statement.key, id, isHeld));
  return id;
}

/** Closes statements on a backend (COM_STMT_CLOSE, which has no answer). */
export function closeStatements(backend: Backend, ids: readonly number[]): void {
  for (const id of ids) {
    const body = Buffer.alloc(4);
    body.writeUInt32LE(id);
    backend.send(frameOf(Command.STMT_CLOSE, body), undefined);
  }
}

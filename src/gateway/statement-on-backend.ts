import type { ClientSession } from '../session/index.js';
import { Command, renumber } from '../wire/index.js';
import { frameOf, type Backend } from './backend.js';
import { carry, settle, type Resetting } from './carrying.js';
import type { ClientStatement } from './client-statements.js';
import { NO_DATABASE } from './errors.js';
import type { Holds } from './holds.js';
import { ServerError } from './own-answer.js';

/** Names the statement in a command by the backend's number. False: the backend has not prepared it. */
export function nameStatement(backend: Backend, frame: Buffer, statement: ClientStatement): boolean {
  const id = backend.statements.get(statement.key);
  if (id === undefined) return false;
  renumber(frame, id);
  return true;
}

/**
 * A command about a statement names it by the backend's number, which may have to prepare it first: in the session in
 * which the client has prepared it, as the server binds its names and quotes then.
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
  // What it goes back to must be known.
  await settle(backend, () => session.doubtOfBound);
  const { carried } = session;
  // There would be no way back: no statement takes a default database away.
  if (carried.schema === '' && statement.carried.schema !== '') throw new ServerError(NO_DATABASE);
  // Nothing but that: a change of autocommit, say, would end the transaction.
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

/** Has a backend forget statements; it does not answer. */
export function closeStatements(backend: Backend, ids: readonly number[]): void {
  for (const id of ids) {
    const body = Buffer.alloc(4);
    body.writeUInt32LE(id);
    backend.send(frameOf(Command.STMT_CLOSE, body), undefined);
  }
}

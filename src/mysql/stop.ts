import { drop, internals, type Command } from './driver.js';
import { killable } from './killer.js';
import { runOwn } from './own-commands.js';
import type { Session } from './session.js';

/** How long the server may take to stop a statement, in ms, before its connection is destroyed instead. */
export const STOP_WITHIN = 1_000;

/**
 * Begins to stop a command: one that waits in line is never sent, one that runs is killed on the server. Nobody need
 * wait for that: what is sent meanwhile goes out afterwards, and the session is judged afterwards, if the command could
 * be stopped; otherwise the connection is destroyed.
 * @param ended resolves when the command has been answered
 */
export function stopCommand(session: Session, command: Command, ended: Promise<unknown>): void {
  const { _command, stream } = internals(session.connection);
  if (stream.destroyed) return;
  // mysql2 does the same to an execution whose preparation failed.
  if (_command !== command) command.start = () => null;
  else session.judgeAfter(stop(session, ended));
}

async function stop(session: Session, ended: Promise<unknown>): Promise<void> {
  session.gate.pause();
  if (!(await within(STOP_WITHIN * 2, killAndWait(session, ended)))) {
    drop(session.connection);
    session.host.lost(new Error('the statement that it was running could not be stopped'));
  }
  session.gate.resume();
}

async function killAndWait(session: Session, ended: Promise<unknown>): Promise<boolean> {
  const { connection, host } = session;
  // What it answers meanwhile is of no use to anybody; to read it would only keep both sides busy.
  connection.pause();
  const isKilled = await host.killer.stop(killable(session), STOP_WITHIN);
  connection.resume();
  if (isKilled !== true) return false;
  await ended;
  // MySQL tells with its answer what the stopped statement has changed. A KILL that comes after the statement's end is
  // lost on MariaDB 10.11 and MySQL 9; a server that keeps it pending hits this, and not the next statement.
  await runOwn(session, 'DO 0').then(
    (ok) => session.heard(ok),
    () => undefined,
  );
  return true;
}

/** What `work` says, or false when it takes too long or fails. */
function within(ms: number, work: Promise<boolean>): Promise<boolean> {
  return new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    work
      .then(resolve, () => resolve(false))
      .finally(() => clearTimeout(timer))
      .catch(() => undefined);
  });
}

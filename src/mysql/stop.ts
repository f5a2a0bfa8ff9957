import { drop, internals, type Command } from './driver.js';
import { killable } from './killer.js';
import { runOwn } from './own-commands.js';
import type { Session } from './session.js';

/** How long (ms) the server may take to stop a statement before its connection is destroyed instead. */
export const STOP_WITHIN = 1_000;

/**
 * Starts to stop a command: a queued one is never sent, a running one is killed on the server. Callers need not wait:
 * commands sent meanwhile go out after the stop, and the session is cleaned after it. If the command cannot be stopped,
 * the connection is destroyed.
 * @param ended resolves when the command has been answered
 */
export function stopCommand(session: Session, command: Command, ended: Promise<unknown>): void {
  const { _command, stream } = internals(session.connection);
  if (stream.destroyed) return;
  // mysql2 cancels an execution whose PREPARE failed in the same way.
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
  // Its rows are of no use any more; reading them would only keep both sides busy.
  connection.pause();
  const isKilled = await host.killer.stop(killable(session), STOP_WITHIN);
  connection.resume();
  if (isKilled !== true) return false;
  await ended;
  // The answer of this statement reports, on MySQL, what the stopped statement has changed. A KILL that arrives after
  // the statement's end is ignored by MariaDB 10.11 and MySQL 9; on a server that keeps it pending, it hits this
  // statement and not the next one.
  await runOwn(session, 'DO 0').then(
    (ok) => session.heard(ok),
    () => undefined,
  );
  return true;
}

/** The result of `work`, or false if it takes too long or fails. */
function within(ms: number, work: Promise<boolean>): Promise<boolean> {
  return new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    work
      .then(resolve, () => resolve(false))
      .finally(() => clearTimeout(timer))
      .catch(() => undefined);
  });
}

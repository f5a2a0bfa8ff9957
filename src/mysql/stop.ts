import { drop, internals, type Command } from './driver.js';
import { runOwn } from './own-commands.js';
import type { Session } from './session.js';

/** How long the server may take to stop a statement, in ms, before its connection is destroyed instead. */
export const STOP_WITHIN = 1_000;

const KILL_LATER_WITHIN = 10_000;

/**
 * Stops a command: one that waits in line is never sent, one that runs is killed on the server. When this resolves
 * either the command has ended and the connection can be used, or the connection is destroyed. Never rejects.
 * @param ended resolves when the command has been answered
 */
export async function stopCommand(session: Session, command: Command, ended: Promise<unknown>): Promise<void> {
  const { connection } = session;
  if (internals(connection).stream.destroyed) return;
  if (internals(connection)._command !== command) {
    // mysql2 does the same to an execution whose preparation failed.
    command.start = () => null;
    return;
  }
  if (await within(STOP_WITHIN * 2, killAndWait(session, ended))) return;
  drop(connection);
  session.host.lost(new Error('the statement that it was running could not be stopped'));
  // There is room for another connection now, and the server may not notice for long that nobody waits any more.
  void session.host.kill(session, KILL_LATER_WITHIN, true);
}

async function killAndWait(session: Session, ended: Promise<unknown>): Promise<boolean> {
  const { connection } = session;
  // What it answers meanwhile is of no use to anybody; to read it would only keep both sides busy.
  connection.pause();
  const isKilled = await session.host.kill(session, STOP_WITHIN, false);
  connection.resume();
  if (!isKilled) return false;
  await ended;
  // A kill that came after the statement's end may be pending: this is what it hits, and not the next statement.
  await runOwn(session, 'DO 0').catch(() => undefined);
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

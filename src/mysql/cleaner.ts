import type { ResetMode } from '../pool/index.js';
import { isBusy } from './driver.js';
import { UncleanConnectionError } from './errors.js';
import type { ConnectHook } from './options.js';
import { resetSession, runOwn } from './own-commands.js';
import type { Session } from './session.js';

/**
 * What it took to clean a session: nothing after all, ROLLBACK, COMMIT, a statement that puts variables or the default
 * database back, or a full reset.
 */
export type Cleaning = 'none' | 'rollback' | 'commit' | 'variables' | 'reset';

/**
 * Makes a session as it was when it was first lent, with the least that will do, and has it stop what nobody waits for.
 * Returns undefined when that is nothing; rejects when it cannot be done.
 */
export function clean(session: Session, mode: ResetMode, hook: ConnectHook | undefined): Promise<Cleaning> | undefined {
  const isWaitedFor = session.settling !== undefined || session.host.killer.isWanted;
  return isWaitedFor ? cleanAndServe(session, mode, hook) : cleanAlone(session, mode, hook);
}

async function cleanAndServe(session: Session, mode: ResetMode, hook: ConnectHook | undefined): Promise<Cleaning> {
  await session.settling;
  const kind = await cleanAlone(session, mode, hook);
  await session.host.killer.serve(session);
  return kind ?? 'none';
}

function cleanAlone(session: Session, mode: ResetMode, hook: ConnectHook | undefined): Promise<Cleaning> | undefined {
  session.removeListeners();
  session.forgetRecent();
  return isBusy(session.connection) ? cleanWhenIdle(session, mode, hook) : cleanIdle(session, mode, hook);
}

/** A command whose answer is being handled just now still counts as running: it gets one turn of the loop. */
async function cleanWhenIdle(session: Session, mode: ResetMode, hook: ConnectHook | undefined): Promise<Cleaning> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  if (isBusy(session.connection)) throw unclean(session, 'a command was still running, or rows were unread');
  return (await cleanIdle(session, mode, hook)) ?? 'none';
}

function cleanIdle(session: Session, mode: ResetMode, hook: ConnectHook | undefined): Promise<Cleaning> | undefined {
  if (session.isForeign) return Promise.reject(unclean(session, 'its user or its role was changed'));
  switch (mode) {
    case 'auto':
      return isClean(session) ? undefined : restore(session, hook);
    case 'rollback':
    case 'commit':
      return session.mayHaveTransaction ? endTransaction(session, mode) : undefined;
    case 'session':
      return resetFully(session, hook);
    case 'none':
      return undefined;
  }
}

function isClean(session: Session): boolean {
  return !session.isDirty && !session.mayHaveTransaction && session.changed.size === 0 && !session.hasOtherSchema;
}

async function endTransaction<M extends 'rollback' | 'commit'>(session: Session, mode: M): Promise<M> {
  session.endTransaction(await runOwn(session, mode === 'commit' ? 'COMMIT' : 'ROLLBACK'));
  return mode;
}

async function restore(session: Session, hook: ConnectHook | undefined): Promise<Cleaning> {
  const { changed } = session;
  const onlyRollback = changed.size === 0 && !session.hasOtherSchema;
  const assignments = changed.size > 0 ? session.variables.restore(changed) : '';
  if (session.isDirty || assignments === undefined) return resetFully(session, hook);
  // Before SET: to turn autocommit on would commit.
  if (session.mayHaveTransaction) await endTransaction(session, 'rollback');
  if (assignments !== '') await runOwn(session, assignments);
  await useFirstSchema(session);
  session.forget();
  return onlyRollback ? 'rollback' : 'variables';
}

/** A reset turns the trackers off and keeps the current database; on MySQL it forgets the character set as well. */
async function resetFully(session: Session, hook: ConnectHook | undefined): Promise<Cleaning> {
  if (!session.isTracked) throw unclean(session, 'the server does not tell what has changed');
  await resetSession(session);
  await runOwn(session, session.variables.setUpAgain());
  await useFirstSchema(session);
  session.setUpAgain();
  if (hook === undefined) return 'reset';
  await hook(session.connection);
  session.adopt();
  return 'reset';
}

async function useFirstSchema(session: Session): Promise<void> {
  if (!session.hasOtherSchema) return;
  if (session.firstSchema === '') throw unclean(session, 'it has a default database now, and had none');
  await runOwn(session, `USE ${session.connection.escapeId(session.firstSchema)}`);
}

const unclean = (session: Session, why: string): Error => new UncleanConnectionError(session.host.pool, why);

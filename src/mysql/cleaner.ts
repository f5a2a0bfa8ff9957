import { callSiteOf, warnOnce, type ResetMode } from '../pool/index.js';
import { cleaningPlan, lostKindOf, maskStatement, type Cleaning, type Plan, type Step } from '../session/index.js';
import { isBusy, isClosing } from './driver.js';
import { UncleanConnectionError } from './errors.js';
import { resetSession, runOwn } from './own-commands.js';
import type { Session } from './session.js';
import { askIdentity } from './server-identity.js';

/**
 * Restores a session to the state in which it was first lent, with the least that suffices. Returns undefined if
 * nothing has to be sent; rejects if the session cannot be cleaned.
 */
export function clean(session: Session, mode: ResetMode): Promise<Cleaning> | undefined {
  const { locks } = session.host;
  if (locks.isHolding && locks.mustLook(session)) return cleanAfterLook(session, mode);
  return session.unfinished === undefined ? cleanNow(session, mode) : cleanLater(session, mode);
}

/**
 * A statement sent through the pool itself has taken or released a named lock: ask the server first which locks the
 * session holds.
 */
async function cleanAfterLook(session: Session, mode: ResetMode): Promise<Cleaning> {
  await session.unfinished;
  await session.host.locks.look(session);
  return (await clean(session, mode)) ?? 'none';
}

async function cleanLater(session: Session, mode: ResetMode): Promise<Cleaning> {
  await session.unfinished;
  return (await cleanNow(session, mode)) ?? 'none';
}

function cleanNow(session: Session, mode: ResetMode): Promise<Cleaning> | undefined {
  session.listeners.restore();
  const { onlyStatement } = session;
  if (onlyStatement !== undefined && !session.state.isClean) warnOfLoss(session, onlyStatement, mode);
  session.forgetRecent();
  return isBusy(session.connection) ? cleanWhenIdle(session, mode) : cleanIdle(session, mode);
}

/**
 * A command whose answer is being handled at this moment still counts as running: it gets one turn of the event loop to
 * finish.
 */
async function cleanWhenIdle(session: Session, mode: ResetMode): Promise<Cleaning> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  if (isBusy(session.connection)) throw unclean(session, 'a command was still running, or rows were unread');
  return (await cleanIdle(session, mode)) ?? 'none';
}

function cleanIdle(session: Session, mode: ResetMode): Promise<Cleaning> | undefined {
  const { connection, state } = session;
  // The borrower or the driver has begun to close the connection: the next borrower would never get an answer.
  if (isClosing(connection)) return Promise.reject(unclean(session, 'it was ended by its borrower'));
  const plan = cleaningPlan(state, mode, session.initAgain !== undefined) ?? placeOnly(session);
  if (plan !== undefined) {
    if (plan.kind === 'reset') session.host.locks.lose(session);
    return carryOut(session, plan);
  }
  state.endLoan();
  return undefined;
}

/**
 * Nothing needs to be restored, but a statement of the borrower may have released the lock that is the session's place
 * in the fleet.
 */
const placeOnly = (session: Session): Plan | undefined =>
  mayHaveLostPlace(session) ? { kind: 'none', steps: [] } : undefined;

const mayHaveLostPlace = ({ host, state }: Session): boolean =>
  host.slots !== undefined && (state.isDirty || state.isUnseen);

async function carryOut(session: Session, { kind, steps }: Plan): Promise<Cleaning> {
  for (const step of steps) if (step.do === 'destroy') throw unclean(session, step.reason);
  if (kind === 'reset' && session.isLostByReset) {
    throw unclean(session, 'MariaDB would not count it towards the limit of its fleet after a reset');
  }
  const initAt = steps.findIndex((step) => step.do === 'init');
  const sent = initAt < 0 ? steps : steps.slice(0, initAt);
  const mustClaim = kind === 'reset' || mayHaveLostPlace(session);
  await Promise.all(
    session.together(() => {
      const answers = sent.map((step) => send(session, step));
      if (mustClaim) answers.push(claimPlace(session));
      return answers;
    }),
  );
  if (kind === 'reset') session.setUpAgain();
  else if (kind === 'variables') session.forget();
  session.state.endLoan();
  if (initAt < 0) return kind;
  await session.initAgain?.();
  session.adopt();
  const left = steps.slice(initAt + 1);
  await Promise.all(session.together(() => left.map((step) => send(session, step))));
  return kind;
}

/** A reset releases the lock that is the session's place in its fleet, so the place is claimed again. */
async function claimPlace(session: Session): Promise<void> {
  const { slots } = session.host;
  if (slots !== undefined && !(await slots.claim(session))) throw unclean(session, slots.lostText);
}

function send(session: Session, step: Step): Promise<unknown> {
  switch (step.do) {
    case 'end':
      return runOwn(session, step.sql).then(({ serverStatus }) => session.state.ended(Number(serverStatus)));
    case 'set':
    case 'drop':
      return runOwn(session, step.sql);
    case 'bound':
      return runOwn(session, step.sql).then(() => session.state.bounded());
    case 'learn':
      return runOwn(session, step.sql).then((ok) => session.learnReset(ok));
    case 'use':
      return runOwn(session, `USE ${session.connection.escapeId(step.schema)}`);
    case 'reset':
      return resetSession(session);
    case 'identify':
      return checkIdentity(session);
    case 'init':
    case 'destroy':
      return Promise.resolve();
  }
}

/**
 * A reset does not restore the authenticated user and the default database, and a routine may have changed them without
 * the client noticing.
 */
async function checkIdentity(session: Session): Promise<void> {
  const { identity: first, firstSchema } = session.state;
  const now = await askIdentity(session);
  if (first === undefined || now?.user !== first.user || now.role !== first.role) {
    throw unclean(session, 'its user or its role may have been changed');
  }
  if ((now.schema ?? '') !== firstSchema) throw unclean(session, 'its default database was changed unnoticed');
}

/**
 * Session state set by a statement that was sent through the pool itself is gone for the next statement. Warns once per
 * kind, in case the application relies on it.
 */
function warnOfLoss(session: Session, sql: string, mode: ResetMode): void {
  if (mode !== 'auto' && mode !== 'session') return;
  const kind = lostKindOf(sql);
  if (kind === undefined) return;
  const place = callSiteOf(session.placeOfLone);
  const at = place === undefined ? '' : ` (at ${place})`;
  warnOnce(
    'MYSQLPOOL_STATE_LOST',
    `${session.host.pool}: what "${maskStatement(sql)}"${at} has set was undone when its connection was returned: ` +
      'each statement sent through the pool may run on another connection. To run all statements of a function on ' +
      'one connection, use autoCloseDb.run(fn, { oneConnection: true }) or a transaction; said once for each kind',
    kind,
  );
}

const unclean = (session: Session, why: string): Error => new UncleanConnectionError(session.host.pool, why);

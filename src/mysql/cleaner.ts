import { callSiteOf, warnOnce, type ResetMode } from '../pool/index.js';
import { cleaningPlan, lostKindOf, maskStatement, type Cleaning, type Plan, type Step } from '../session/index.js';
import { isBusy, isClosing } from './driver.js';
import { UncleanConnectionError } from './errors.js';
import { resetSession, runOwn } from './own-commands.js';
import type { Session } from './session.js';
import { askIdentity } from './server-identity.js';

/**
 * Makes a session as it was when it was first lent, with the least that will do.
 * Returns undefined when that is nothing; rejects when it cannot be done.
 */
export function clean(session: Session, mode: ResetMode): Promise<Cleaning> | undefined {
  const { locks } = session.host;
  if (locks.isHolding && locks.mustLook(session)) return cleanAfterLook(session, mode);
  return session.unfinished === undefined ? cleanNow(session, mode) : cleanLater(session, mode);
}

/** A statement on its own has taken or released a named lock. */
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

/** A command whose answer is being handled just now still counts as running: it gets one turn of the loop. */
async function cleanWhenIdle(session: Session, mode: ResetMode): Promise<Cleaning> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  if (isBusy(session.connection)) throw unclean(session, 'a command was still running, or rows were unread');
  return (await cleanIdle(session, mode)) ?? 'none';
}

function cleanIdle(session: Session, mode: ResetMode): Promise<Cleaning> | undefined {
  const { connection, state } = session;
  // Its borrower has ended it, or the driver has: whoever got it next would wait for ever.
  if (isClosing(connection)) return Promise.reject(unclean(session, 'it was ended by its borrower'));
  const plan = cleaningPlan(state, mode, session.initAgain !== undefined) ?? placeOnly(session);
  if (plan !== undefined) {
    if (plan.kind === 'reset') session.host.locks.lose(session);
    return carryOut(session, plan);
  }
  state.endLoan();
  return undefined;
}

/** Nothing is put back, but what was said may have lost the session its place in a fleet. */
const placeOnly = (session: Session): Plan | undefined =>
  mayHaveLostPlace(session) ? { kind: 'none', steps: [] } : undefined;

const mayHaveLostPlace = ({ host, state }: Session): boolean =>
  host.slots !== undefined && (state.isDirty || state.isUnseen);

async function carryOut(session: Session, { kind, steps }: Plan): Promise<Cleaning> {
  for (const step of steps) if (step.do === 'destroy') throw unclean(session, step.reason);
  if (kind === 'reset' && session.isLostByReset) {
    throw unclean(session, 'MariaDB no longer counts a session that was reset, and its fleet has a limit');
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

/** A reset has released the lock that is the session's place in its fleet. */
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

/** No reset takes back whom the session acts as, and where. A routine may have changed that unseen. */
async function checkIdentity(session: Session): Promise<void> {
  const { identity: first, firstSchema } = session.state;
  const now = await askIdentity(session);
  if (first === undefined || now?.user !== first.user || now.role !== first.role) {
    throw unclean(session, 'its user or its role may have been changed');
  }
  if ((now.schema ?? '') !== firstSchema) throw unclean(session, 'its default database was changed in silence');
}

/** What a statement on its own sets is there for no other one. Whoever counts on it hears of it once. */
function warnOfLoss(session: Session, sql: string, mode: ResetMode): void {
  if (mode !== 'auto' && mode !== 'session') return;
  const kind = lostKindOf(sql);
  if (kind === undefined) return;
  const place = callSiteOf(session.placeOfLone);
  const at = place === undefined ? '' : ` (at ${place})`;
  warnOnce(
    'MYSQLPOOL_STATE_LOST',
    `${session.host.pool}: what "${maskStatement(sql)}"${at} has set was undone when its connection came back: ` +
      'each statement on its own may run on another connection. To give all statements of a function one connection, run it ' +
      'in autoCloseDb.run(fn, { oneConnection: true }), or in a transaction; said once for each kind',
    kind,
  );
}

const unclean = (session: Session, why: string): Error => new UncleanConnectionError(session.host.pool, why);

import type { Carried, CarriedStates, ClientSession, Difference, Doubt, Reading } from '../session/index.js';
import { Command } from '../wire/index.js';
import type { Backend } from './backend.js';
import type { Told } from './own-answer.js';

/** This backend's session cannot be brought into the client's state, but a new one might; the message says why. */
export class NeedsNew extends Error {}

/** How many new sessions may fail for a command before its client gets the error. */
export const MOST_LOSSES = 3;

/** What can reset a backend: its connector. */
export interface Resetting {
  readonly learned: { readonly states: CarriedStates } | undefined;
  /** @param enters whether to enter the default database again, as a reset takes its character set from the session */
  reset(backend: Backend, enters: boolean): Promise<void>;
}

/**
 * Brings a backend's session from state `from` to state `to`, in one write if no reset is needed. Rejects with the
 * server's error, or with NeedsNew; the state of the session is then unknown.
 */
export async function carry(backend: Backend, from: Carried, to: Carried, resetting: Resetting): Promise<void> {
  if (from !== to) await become(backend, from, to, resetting);
  if (backend.hasDiagnostics) await forgetDiagnostics(backend);
}

async function become(backend: Backend, from: Carried, to: Carried, resetting: Resetting): Promise<void> {
  if (to.schema === '' && from.schema !== '') throw new NeedsNew('a session cannot leave its default database');
  const { states } = resetting.learned!;
  let difference = states.difference(from, to);
  if (difference === undefined) {
    const isElsewhere = !to.isEntered && from.schema !== to.schema;
    if (isElsewhere) await enter(backend, to.schema);
    await resetting.reset(backend, to.isEntered);
    difference = states.difference(backend.carried!, to);
    backend.carried = undefined;
  }
  if (difference === undefined) throw new NeedsNew('a reset does not lead to the state of the client');
  await sayAll(backend, difference);
}

async function sayAll(backend: Backend, { statements, schema, several }: Difference): Promise<void> {
  const asked: Promise<Told>[] = [];
  backend.socket.cork();
  for (const sql of statements) asked.push(backend.ask(sql));
  if (schema !== undefined) asked.push(enter(backend, schema));
  if (several !== undefined)
    asked.push(backend.command(Buffer.from([several ? 0 : 1, 0]), Command.SET_OPTION, 'simple'));
  backend.socket.uncork();
  await Promise.all(asked);
}

/** Enters a database (COM_INIT_DB). @param schema its name, one latin1 character for each byte */
export function enter(backend: Backend, schema: string): Promise<Told> {
  return backend.command(Buffer.from(schema, 'latin1'), Command.INIT_DB, 'simple');
}

/** Clears the warnings and errors of earlier statements. MariaDB keeps them until a statement that uses a table. */
async function forgetDiagnostics(backend: Backend): Promise<void> {
  backend.hasDiagnostics = false;
  await backend.ask('SELECT 1 FROM (SELECT 1) AS one');
}

/**
 * Asks a backend for what is in doubt of the state of its session.
 * @param next returns the next question, if there is one
 */
export async function settle(backend: Backend, next: () => Doubt | undefined): Promise<void> {
  // An answer may raise another question; the limit guards against an endless chain.
  for (let round = 0; round < MOST_QUESTIONS; round++) {
    const doubt = next();
    if (doubt === undefined) return;
    await ask(backend, doubt);
  }
  throw new Error('the server does not tell the state of the session');
}

/** Runs what a statement needs first in this session, such as setting LAST_INSERT_ID() to the client's value. */
export async function prepareFor(backend: Backend, session: ClientSession, reading: Reading): Promise<void> {
  for (let doubt = session.before(reading); doubt !== undefined; doubt = session.before(reading))
    await ask(backend, doubt);
}

async function ask(backend: Backend, doubt: Doubt): Promise<void> {
  const { sql, after } = doubt;
  const told = sql === undefined ? backend.command(undefined, Command.PING, 'simple') : backend.ask(sql);
  const [{ rows, ok }] = await Promise.all([told, after === undefined ? undefined : backend.ask(after)]);
  doubt.told(rows, ok);
}

const MOST_QUESTIONS = 8;

import { placeExpression, startExpression, type Identity } from '../session/index.js';
import { runOwn } from './own-commands.js';
import type { Session } from './session.js';

/** What a new session asks about: which server it is on, and as which user. */
export interface Arrival extends Identity {
  /** An identifier of the server that no other server has. */
  readonly server: string | undefined;
  /** The statements that the server runs in every new session, except those of administrators. */
  readonly initConnect: string;
}

type Row = Readonly<Record<string, unknown>>;

const WHO = 'CURRENT_USER() AS user, CURRENT_ROLE() AS role, DATABASE() AS db';

/** Undefined if the server, or a proxy in front of it, does not answer. */
export async function askArrival(session: Session, isMariaDb: boolean): Promise<Arrival | undefined> {
  const place = placeExpression(kindOf(isMariaDb));
  const row = await firstRow(session, `SELECT ${place} AS server, ${WHO}, @@init_connect AS init_connect`);
  if (row === undefined) return undefined;
  const { server, init_connect: initConnect } = row;
  return { ...identityIn(row), server: textOf(server) ?? undefined, initConnect: textOf(initConnect) ?? '' };
}

/** The time, to the second, at which the server was started. */
export async function askStart(session: Session, isMariaDb: boolean): Promise<string | undefined> {
  const row = await firstRow(session, `SELECT ${startExpression(kindOf(isMariaDb))} AS start`);
  return textOf(row?.['start']) ?? undefined;
}

const kindOf = (isMariaDb: boolean): 'mysql' | 'mariadb' => (isMariaDb ? 'mariadb' : 'mysql');

/** The limit on sessions of the account, or of any account of the server; 0 for none. */
export async function askLimit(session: Session): Promise<number> {
  const row = await firstRow(session, 'SELECT @@max_user_connections AS most');
  return Number(row?.['most'] ?? 0);
}

/** How many logins the server has refused since it was started; undefined if it does not tell. */
export async function askRefusals(session: Session): Promise<number | undefined> {
  const row = await firstRow(session, "SHOW GLOBAL STATUS LIKE 'Aborted_connects'").catch(() => undefined);
  const refusals = Number(row?.['Value']);
  return Number.isNaN(refusals) ? undefined : refusals;
}

export async function askIdentity(session: Session): Promise<Identity | undefined> {
  const row = await firstRow(session, `SELECT ${WHO}`);
  return row && identityIn(row);
}

const identityIn = ({ user, role, db }: Row): Identity => ({
  user: textOf(user),
  role: textOf(role),
  schema: textOf(db),
});

async function firstRow(session: Session, sql: string): Promise<Row | undefined> {
  const rows = (await runOwn(session, sql)) as unknown as readonly Row[];
  return Array.isArray(rows) ? rows[0] : undefined;
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import { hashPassword } from './users.js';

/** Anything that runs statements: a plain mysql2 connection, or one borrowed from mysqlpool. */
export interface Queryable {
  query(sql: string, params?: unknown[]): Promise<[unknown, ...unknown[]]>;
}

/** The place of a file: its owner, folder (`/`, `/letters`) and name. */
export interface Place {
  readonly owner: number;
  readonly folder: string;
  readonly name: string;
}

export interface FileEntry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly size: number;
  readonly modified: Date;
}

async function rows(db: Queryable, sql: string, params: unknown[]): Promise<RowDataPacket[]> {
  const [answer] = await db.query(sql, params);
  return answer as RowDataPacket[];
}

const toEntry = (row: RowDataPacket): FileEntry => ({
  name: String(row['name']),
  isFolder: Boolean(row['is_folder']),
  size: Number(row['size']),
  modified: row['modified'] as Date,
});

/** The user's id, or undefined if there is no such user or the password is wrong. */
export async function findUser(db: Queryable, name: string, password: string): Promise<number | undefined> {
  const [user] = await rows(db, 'SELECT id, salt, password_hash FROM users WHERE name = ?', [name]);
  if (!user || hashPassword(String(user['salt']), password) !== user['password_hash']) return undefined;
  return Number(user['id']);
}

export async function listFolder(db: Queryable, owner: number, folder: string): Promise<FileEntry[]> {
  const sql = 'SELECT name, is_folder, size, modified FROM files WHERE owner = ? AND folder = ? ORDER BY name';
  return (await rows(db, sql, [owner, folder])).map(toEntry);
}

export async function findFile(db: Queryable, place: Place): Promise<FileEntry | undefined> {
  const sql = 'SELECT name, is_folder, size, modified FROM files WHERE owner = ? AND folder = ? AND name = ?';
  const [row] = await rows(db, sql, [place.owner, place.folder, place.name]);
  return row && toEntry(row);
}

export async function readFile(db: Queryable, place: Place): Promise<Buffer | undefined> {
  const sql =
    'SELECT c.data FROM files f JOIN contents c ON c.file = f.id WHERE f.owner = ? AND f.folder = ? AND f.name = ?';
  const [row] = await rows(db, sql, [place.owner, place.folder, place.name]);
  return row && (row['data'] as Buffer);
}

export async function makeFolder(db: Queryable, place: Place): Promise<void> {
  const sql = 'INSERT INTO files (owner, folder, name, is_folder, size, modified) VALUES (?, ?, ?, TRUE, 0, NOW(3))';
  await db.query(sql, [place.owner, place.folder, place.name]);
}

/**
 * Stores a file, its contents and a row in the upload log. To be run in a transaction. Idempotent for the same
 * `upload`: a caller that lost the connection before the answer to COMMIT can simply run it again.
 */
export async function saveFile(db: Queryable, place: Place, content: Buffer, upload: string): Promise<void> {
  const [answer] = await db.query(
    `INSERT INTO files (owner, folder, name, is_folder, size, modified) VALUES (?, ?, ?, FALSE, ?, NOW(3))
     ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id), size = VALUES(size), modified = VALUES(modified)`,
    [place.owner, place.folder, place.name, content.length],
  );
  const file = (answer as ResultSetHeader).insertId;
  await db.query('REPLACE INTO contents (file, data) VALUES (?, ?)', [file, content]);
  await db.query('REPLACE INTO uploads (id, file, size, logged) VALUES (?, ?, ?, NOW(3))', [
    upload,
    file,
    content.length,
  ]);
}

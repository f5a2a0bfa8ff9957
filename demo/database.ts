import { randomBytes } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import type { TestServer } from '#support/servers/index.js';
import type { DatabaseAddress, Upload } from './messages.js';
import { hashPassword, passwordOf, userName } from './users.js';

/** The FTP server and the bystander each have a database and an account, so that the server can tell them apart. */
const PARTIES = { ftp: 'mysqlpool_demo_ftp', bystander: 'mysqlpool_demo_shop' } as const;
export type Party = keyof typeof PARTIES;
export const FTP_ACCOUNT: string = PARTIES.ftp;

const FTP_TABLES = [
  'CREATE TABLE users (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, name VARCHAR(64) NOT NULL UNIQUE, salt CHAR(16) NOT NULL, password_hash CHAR(64) NOT NULL)',
  'CREATE TABLE files (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, owner INT UNSIGNED NOT NULL, folder VARCHAR(200) NOT NULL, name VARCHAR(100) NOT NULL, is_folder BOOLEAN NOT NULL, size INT UNSIGNED NOT NULL, modified TIMESTAMP(3) NOT NULL, UNIQUE (owner, folder, name))',
  'CREATE TABLE contents (file INT UNSIGNED PRIMARY KEY, data MEDIUMBLOB NOT NULL)',
  'CREATE TABLE uploads (id CHAR(36) PRIMARY KEY, file INT UNSIGNED NOT NULL, size INT UNSIGNED NOT NULL, logged TIMESTAMP(3) NOT NULL)',
];
const SHOP_TABLES = ['CREATE TABLE orders (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, placed TIMESTAMP(3) NOT NULL)'];

/** What the demo keeps on the server, made and looked at with the admin account. */
export class DemoDatabase {
  readonly #server: TestServer;
  /** Made up anew for each run: on an existing server nobody can guess it. */
  readonly #password = randomBytes(12).toString('hex');

  constructor(server: TestServer) {
    this.#server = server;
  }

  address(party: Party): DatabaseAddress {
    const { host, port } = this.#server;
    return { host, port, user: PARTIES[party], password: this.#password, database: PARTIES[party] };
  }

  /** Empty tables, fresh accounts, and so many users. @param limit of the FTP server's account, 0 for none */
  async prepare(users: number, limit = 0): Promise<void> {
    await this.#asAdmin(async (admin) => {
      for (const name of Object.values(PARTIES)) {
        await admin.query(`DROP DATABASE IF EXISTS ${name}`);
        await admin.query(`CREATE DATABASE ${name}`);
        await admin.query(`CREATE USER IF NOT EXISTS '${name}'@'%'`);
        await admin.query(`ALTER USER '${name}'@'%' IDENTIFIED BY '${this.#password}'`);
        await admin.query(`GRANT ALL ON ${name}.* TO '${name}'@'%'`);
      }
      await admin.query(`ALTER USER '${FTP_ACCOUNT}'@'%' WITH MAX_USER_CONNECTIONS ${limit}`);
      await admin.query(`USE ${PARTIES.bystander}`);
      for (const table of SHOP_TABLES) await admin.query(table);
      await admin.query(`USE ${PARTIES.ftp}`);
      for (const table of FTP_TABLES) await admin.query(table);
      const rows = Array.from({ length: users }, (_, i) => {
        const salt = randomBytes(8).toString('hex');
        return [userName(i + 1), salt, hashPassword(salt, passwordOf(i + 1))];
      });
      await admin.query('INSERT INTO users (name, salt, password_hash) VALUES ?', [rows]);
    });
  }

  /** Those of the acknowledged uploads that are not there, or not as they were sent, or not in the log. */
  async missing(uploads: readonly Upload[]): Promise<Upload[]> {
    const stored = await this.#asAdmin(async (admin) => {
      const [rows] = await admin.query<RowDataPacket[]>(
        `SELECT CONCAT(u.name, '/', f.name) AS file, SHA2(c.data, 256) AS sha256
           FROM ${PARTIES.ftp}.files f JOIN ${PARTIES.ftp}.users u ON u.id = f.owner
           JOIN ${PARTIES.ftp}.contents c ON c.file = f.id JOIN ${PARTIES.ftp}.uploads l ON l.file = f.id`,
      );
      return new Map(rows.map((row) => [String(row['file']), String(row['sha256'])]));
    });
    return uploads.filter(({ user, name, sha256 }) => stored.get(`${user}/${name}`) !== sha256);
  }

  async maxConnections(): Promise<number> {
    const [row] = await this.#server.admin('SELECT @@GLOBAL.max_connections AS n');
    return Number(row?.['n']);
  }

  /** Leaves nothing behind. */
  async drop(): Promise<void> {
    await this.#asAdmin(async (admin) => {
      for (const name of Object.values(PARTIES)) {
        await admin.query(`DROP DATABASE IF EXISTS ${name}`);
        await admin.query(`DROP USER IF EXISTS '${name}'@'%'`);
      }
    });
  }

  /** A connection of the admin account: the server keeps one for it when all others are taken. */
  async openAdmin(): Promise<Connection> {
    const { host, port, adminUser, adminPassword } = this.#server;
    const connection = await createConnection({ host, port, user: adminUser, password: adminPassword });
    connection.on('error', () => {});
    return connection;
  }

  async #asAdmin<T>(work: (admin: Connection) => Promise<T>): Promise<T> {
    const admin = await this.openAdmin();
    try {
      return await work(admin);
    } finally {
      await admin.end().catch(() => admin.destroy());
    }
  }
}

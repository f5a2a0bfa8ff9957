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

/** The demo's databases and accounts on the server, managed with the admin account. */
export class DemoDatabase {
  readonly #server: TestServer;
  /** Random for each run, so that it cannot be guessed on an existing server. */
  readonly #password = randomBytes(12).toString('hex');

  constructor(server: TestServer) {
    this.#server = server;
  }

  address(party: Party): DatabaseAddress {
    const { host, port } = this.#server;
    return { host, port, user: PARTIES[party], password: this.#password, database: PARTIES[party] };
  }

  /** Creates empty tables, accounts and users. @param limit connection limit of the FTP server's account; 0 for none */
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

  /** The acknowledged uploads that are missing, have other contents than were sent, or are not in the log. */
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

  /** Drops the databases and accounts of the demo. */
  async drop(): Promise<void> {
    await this.#asAdmin(async (admin) => {
      for (const name of Object.values(PARTIES)) {
        await admin.query(`DROP DATABASE IF EXISTS ${name}`);
        await admin.query(`DROP USER IF EXISTS '${name}'@'%'`);
      }
    });
  }

  /** Opens a connection of the admin account, for which the server reserves one. */
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

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { PrismaMysqlPool } from 'node-mysqlpool/prisma';

/** What the tests use of one model of the generated client. It is generated when they run, so tsc knows no more. */
export interface Model {
  create(args: object): Promise<Record<string, unknown>>;
  findMany(args?: object): Promise<Record<string, unknown>[]>;
  findFirst(args?: object): Promise<Record<string, unknown> | null>;
  update(args: object): Promise<Record<string, unknown>>;
  delete(args: object): Promise<Record<string, unknown>>;
  updateMany(args: object): Promise<{ count: number }>;
  count(args?: object): Promise<number>;
}

/** What the tests use of the generated client, in a transaction and outside. */
export interface Prisma {
  readonly user: Model;
  readonly post: Model;
  readonly sample: Model;
  $queryRawUnsafe(sql: string, ...values: unknown[]): Promise<Record<string, unknown>[]>;
  $executeRawUnsafe(sql: string, ...values: unknown[]): Promise<number>;
  $transaction<T>(work: (tx: Prisma) => Promise<T>, options?: object): Promise<T>;
  $transaction(work: readonly Promise<unknown>[], options?: object): Promise<unknown[]>;
  $connect(): Promise<void>;
  $disconnect(): Promise<void>;
}

/** What the client's known errors have. */
export interface KnownError extends Error {
  readonly code: string;
  readonly meta: {
    readonly driverAdapterError: { readonly cause: Record<string, unknown>; readonly original: unknown };
  };
}

type PrismaClient = new (options: { adapter: PrismaMysqlPool }) => Prisma;

const root = join(__dirname, '../../../..');
let client: PrismaClient | undefined;

/** The client of the schema beside this file; the first call installs Prisma, which takes a while. */
export function newPrisma(adapter: PrismaMysqlPool): Prisma {
  if (client === undefined) {
    const project = join(root, 'examples/prisma/project.mjs');
    const folder = execFileSync(process.execPath, [project, join(root, 'test/orm/prisma')], {
      encoding: 'utf8',
    }).trim();
    client = (require(folder) as { readonly PrismaClient: PrismaClient }).PrismaClient;
  }
  return new client({ adapter });
}

/** The tables of the schema; `db push` would need an engine that has to be fetched. */
export const TABLES = [
  'CREATE TABLE users (id INT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(50) NOT NULL, UNIQUE KEY users_email_key (email))',
  `CREATE TABLE posts (id INT AUTO_INCREMENT PRIMARY KEY, title VARCHAR(20) NOT NULL, authorId INT NOT NULL,
     CONSTRAINT posts_author FOREIGN KEY (authorId) REFERENCES users (id))`,
  `CREATE TABLE samples (id BIGINT UNSIGNED PRIMARY KEY, tiny TINYINT(1) NOT NULL, bit BIT(1) NOT NULL,
     small SMALLINT NOT NULL, \`unsigned\` INT UNSIGNED NOT NULL, year YEAR NOT NULL, big BIGINT NOT NULL, \`float\` DOUBLE NOT NULL,
     \`decimal\` DECIMAL(30, 10) NOT NULL, text TEXT NOT NULL, mood ENUM('calm', 'wild') NOT NULL, date DATE NOT NULL,
     time TIME(3) NOT NULL, at DATETIME(3) NOT NULL, stamp TIMESTAMP(3) NOT NULL, json JSON NOT NULL,
     bytes LONGBLOB NOT NULL, maybe DATETIME NULL)`,
];

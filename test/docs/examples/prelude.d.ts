/* oxlint-disable typescript/consistent-type-imports -- a script, so that what it declares is there for all */
// What the examples of the documentation take for granted: they show one thing each, in an application that has the rest.
type Package = typeof import('node-mysqlpool');

declare const createPool: Package['createPool'];
declare const autoCloseDb: Package['autoCloseDb'];
declare const MaxTotal: Package['MaxTotal'];
declare const pool: import('node-mysqlpool/kysely').KyselyPool;

declare const server: import('node:http').Server;
declare const request: { readonly signal: AbortSignal };
declare function currentToken(): Promise<string>;
declare const env: { get(name: string): string };

declare const CompiledQuery: typeof import('kysely-0.29').CompiledQuery;
declare const MysqlDialect: typeof import('kysely-0.29').MysqlDialect;
declare const DataSource: typeof import('typeorm').DataSource;
declare const mysqlpool: (typeof import('node-mysqlpool/typeorm'))['mysqlpool'];
declare const MysqlPoolDriver: (typeof import('node-mysqlpool/mikro-orm'))['MysqlPoolDriver'];

declare class Order {
  id: number;
}
declare interface Database {
  orders: { id: number; item: string };
}

// AdonisJS and Prisma's generated client are not installed here.
declare const config: object;
declare const logger: object;
declare const emitter: object;
declare class BaseCommand {}
declare const db: import('@adonisjs/lucid/database').Database;
declare module '@adonisjs/lucid/database' {
  interface Transaction {
    insertQuery(): { table(name: string): { insert(row: object): Promise<unknown> } };
  }
  class Database {
    constructor(config: object, logger: object, emitter: object);
    rawQuery(sql: string): Promise<unknown>;
    transaction(): Promise<Transaction>;
    transaction(fn: (trx: Transaction) => Promise<void>): Promise<void>;
    connection(): { getWriteClient(): { client: { pool: { mysqlpool: { stats(): object } } } } };
    manager: { closeAll(): Promise<void> };
  }
}
declare module '*/generated/client.js' {
  class PrismaClient {
    constructor(options: { adapter: object });
  }
}
declare module 'drizzle-seed' {
  function reset(db: object, schema: object): Promise<void>;
}

import { genericPool } from './generic-pool.js';
import { lightningPool } from './lightning-pool.js';
import { mariadb } from './mariadb.js';
import { mysql2, mysql2Callback } from './mysql2.js';
import { mysqlpool } from './mysqlpool.js';
import { pgPool } from './pg-pool.js';
import { sequelizePool } from './sequelize-pool.js';
import type { SubjectFactory } from './subject.js';
import { tarn } from './tarn.js';

/** Ours, which every other one is compared with. */
export const OURS = 'mysqlpool';

/** Measured through a callback API. Without a promise a cycle costs far less, so these are compared on their own. */
export const BY_CALLBACK: ReadonlySet<string> = new Set(['mysql2-callback']);

/** Measured in another language. */
export const SQLALCHEMY = 'sqlalchemy';

/** Promises alone. */
export const FLOOR = 'no pool at all';

/** Ours with `maxConnecting` as large as `maxSize`. */
export const EAGER = 'many dials';

/** What no gateway can do without: the sockets of its clients, the question of a visitor. */
export const LEAST = 'the least there is';

/** For orientation; no peers. */
export const FOREIGN: ReadonlySet<string> = new Set([SQLALCHEMY, FLOOR, EAGER, LEAST]);

/** The pools by name, ours first. */
export const SUBJECTS: Readonly<Record<string, SubjectFactory>> = {
  [OURS]: mysqlpool,
  mysql2,
  'mysql2-callback': mysql2Callback,
  mariadb,
  tarn,
  'generic-pool': genericPool,
  'lightning-pool': lightningPool,
  'sequelize-pool': sequelizePool,
  'pg-pool': pgPool,
};

/** Those with promises. */
export const PROMISED: readonly string[] = Object.keys(SUBJECTS).filter((name) => !BY_CALLBACK.has(name));

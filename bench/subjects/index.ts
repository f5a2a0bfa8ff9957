import { genericPool } from './generic-pool.js';
import { lightningPool } from './lightning-pool.js';
import { mariadb } from './mariadb.js';
import { mysql2, mysql2Callback } from './mysql2.js';
import { mysqlpool } from './mysqlpool.js';
import { pgPool } from './pg-pool.js';
import { sequelizePool } from './sequelize-pool.js';
import type { SubjectFactory } from './subject.js';
import { tarn } from './tarn.js';

/** Our pool, with which all others are compared. */
export const OURS = 'mysqlpool';

/**
 * Pools measured through a callback API. They are compared separately, since a cycle without promises costs far less.
 */
export const BY_CALLBACK: ReadonlySet<string> = new Set(['mysql2-callback']);

/** The pool that is measured in another language. */
export const SQLALCHEMY = 'sqlalchemy';

/** The subject that measures promises alone. */
export const FLOOR = 'no pool at all';

/** Our pool with `maxConnecting` as large as `maxSize`. */
export const EAGER = 'many dials';

/** The minimum that every gateway needs: the sockets of its clients, the query of a visitor. */
export const LEAST = 'the least there is';

/** Subjects for orientation, which are no peers. */
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

/** The names of the subjects with a promise API. */
export const PROMISED: readonly string[] = Object.keys(SUBJECTS).filter((name) => !BY_CALLBACK.has(name));

import { genericPool } from './generic-pool.js';
import { lightningPool } from './lightning-pool.js';
import { mysql2, mysql2Callback } from './mysql2.js';
import { mysqlpool } from './mysqlpool.js';
import { sequelizePool } from './sequelize-pool.js';
import type { SubjectFactory } from './subject.js';
import { tarn } from './tarn.js';

/** Ours, which every other one is compared with. */
export const OURS = 'mysqlpool';

/** Measured through a callback API. Without a promise a cycle costs far less, so these are compared on their own. */
export const BY_CALLBACK: ReadonlySet<string> = new Set(['mysql2-callback']);

/** The pools by name, ours first. */
export const SUBJECTS: Readonly<Record<string, SubjectFactory>> = {
  [OURS]: mysqlpool,
  mysql2,
  'mysql2-callback': mysql2Callback,
  tarn,
  'generic-pool': genericPool,
  'lightning-pool': lightningPool,
  'sequelize-pool': sequelizePool,
};

import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Install from '../orm/sequelize-install.js';
import type * as Dialect7 from '../orm/sequelize7-dialect.js';
import type { SequelizePoolOptions } from '../orm/sequelize-pool.js';
import { nameOf, type Copy } from './copy.js';
import { withUnsaid } from './options.js';
import { debug } from './report.js';

/** Sequelize's names for our options. */
const THEIRS: Readonly<Record<string, string>> = { maxSize: 'max', acquireTimeout: 'acquire' };

/** Patches `lib/sequelize.js` of Sequelize 6: every instance for MySQL gets our pool. */
export function swapSequelize(module: NodeJS.Module, copy: Copy): void {
  if (!copy.version.startsWith('6.')) return;
  const { TimeoutError } = createRequire(join(copy.folder, 'lib/sequelize.js'))('sequelize-pool') as {
    readonly TimeoutError: new (message: string) => Error;
  };
  const { installOn } = require('../orm/sequelize-install.js') as typeof Install;
  installOn(module.exports as Install.SequelizeModule, TimeoutError, withDefaults);
  debug(`the pool of ${nameOf(copy)} is ours`);
}

/** Patches `lib/dialect.js` of `@sequelize/mysql` (Sequelize 7): every instance with its dialect gets our pool. */
export function swapDialect(module: NodeJS.Module, copy: Copy): void {
  const load = createRequire(join(copy.folder, 'lib/dialect.js'));
  const { pooled } = require('../orm/sequelize7-dialect.js') as typeof Dialect7;
  const { MySqlDialect } = module.exports as { readonly MySqlDialect: Parameters<typeof pooled>[0] };
  const core = load('@sequelize/core') as Dialect7.SequelizeCore;
  // Replaced as a whole: the properties of its exports are read-only.
  module.exports = { ...module.exports, MySqlDialect: pooled(MySqlDialect, core, () => load('mysql2'), withDefaults) };
  debug(`the pool of ${nameOf(copy)} is ours`);
}

const withDefaults = (given: SequelizePoolOptions): SequelizePoolOptions => withUnsaid(given, THEIRS);

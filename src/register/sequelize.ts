import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Install from '../orm/sequelize-install.js';
import { nameOf, type Copy } from './copy.js';
import { unsaid } from './options.js';
import { debug } from './report.js';

/** Sequelize's words for ours. */
const THEIRS: Readonly<Record<string, string>> = { maxSize: 'max', acquireTimeout: 'acquire' };

/** `lib/sequelize.js` of Sequelize 6: every instance for MySQL gets our pool. */
export function swapSequelize(module: NodeJS.Module, copy: Copy): void {
  if (!copy.version.startsWith('6.')) return;
  const { TimeoutError } = createRequire(join(copy.folder, 'lib/sequelize.js'))('sequelize-pool') as {
    readonly TimeoutError: new (message: string) => Error;
  };
  const { installOn } = require('../orm/sequelize-install.js') as typeof Install;
  installOn(module.exports as Install.SequelizeModule, TimeoutError, (given) => {
    const more = unsaid(given, THEIRS);
    if (Object.keys(more).length === 0) return given;
    return { ...given, mysqlpool: { ...more, ...(given['mysqlpool'] as object | undefined) } };
  });
  debug(`the pool of ${nameOf(copy)} is ours`);
}

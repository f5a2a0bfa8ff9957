import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { copyOf } from './copy.js';
import { hasRun } from './hook.js';

// Jest gives it to every module that it loads.
declare const jest: unknown;

/** The files whose exports others read when they are used, or copy only after us. */
const FILES = ['mysql2', 'mysql2/promise', 'knex/lib/dialects/mysql2/index.js', 'sequelize/lib/sequelize.js'];

/** What mysql2 opens connections with. Newer versions alone have the first, on which the second is built. */
const CONNECTIONS = ['lib/base/connection.js', 'lib/connection.js'];

/**
 * Whether this runs inside of Jest's own loading of modules, as a file of `setupFiles`. A hook into Node sees nothing of
 * it, but it comes before the modules of the test.
 */
export const isInJest = (): boolean => typeof jest !== 'undefined';

/** Bun has its own loading of modules as well, which tells nobody of a module that has run. */
export const isInBun = (): boolean => process.versions['bun'] !== undefined;

/** Loads what the project has of the packages, and replaces the exports of those. */
export function swapAhead(): void {
  for (const name of FILES) {
    let file: string;
    try {
      file = require.resolve(name, { paths: [process.cwd()] });
    } catch {
      continue;
    }
    const copy = copyOf(file);
    if (copy === undefined) continue;
    if (name === 'mysql2' && isInBun()) swapConnections(copy.folder);
    hasRun({ exports: require(file) as unknown, filename: file } as NodeJS.Module, file);
  }
}

/** One by one and before all else of the package, which keeps what it has required. */
function swapConnections(folder: string): void {
  for (const file of CONNECTIONS.map((name) => join(folder, name)).filter((each) => existsSync(each))) {
    require(file);
    const module = (require.cache as NodeJS.Dict<NodeJS.Module>)[file];
    if (module !== undefined) hasRun(module, file);
  }
}

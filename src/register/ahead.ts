import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { copyOf } from './copy.js';
import { hasRun } from './hook.js';

// Jest defines this in every module that it loads.
declare const jest: unknown;

/** Files whose exports other modules either read at the time of use, or copy only after this has run. */
const FILES = ['mysql2', 'mysql2/promise', 'knex/lib/dialects/mysql2/index.js', 'sequelize/lib/sequelize.js'];

/** The connection classes of mysql2. Only newer versions have the first file, on which the second is built. */
const CONNECTIONS = ['lib/base/connection.js', 'lib/connection.js'];

/**
 * Whether this file was loaded by Jest's own module system, as one of its `setupFiles`. Hooks into Node's loader do not
 * see modules that Jest loads, but setup files run before the modules of the test.
 */
export const isInJest = (): boolean => typeof jest !== 'undefined';

/** Bun has its own module loader as well, which offers no hook that runs after a module was evaluated. */
export const isInBun = (): boolean => process.versions['bun'] !== undefined;

/** Loads those of the packages that the project has, and replaces their exports. */
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

/** Replaced one by one, and before the rest of the package, whose modules keep the classes that they have required. */
function swapConnections(folder: string): void {
  for (const file of CONNECTIONS.map((name) => join(folder, name)).filter((each) => existsSync(each))) {
    require(file);
    const module = (require.cache as NodeJS.Dict<NodeJS.Module>)[file];
    if (module !== undefined) hasRun(module, file);
  }
}

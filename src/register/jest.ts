import { copyOf } from './copy.js';
import { hasRun } from './hook.js';

// Jest gives it to every module that it loads.
declare const jest: unknown;

/** The files whose exports others read when they are used, or copy only after us. */
const FILES = ['mysql2', 'mysql2/promise', 'knex/lib/dialects/mysql2/index.js', 'sequelize/lib/sequelize.js'];

/**
 * Whether this runs inside of Jest's own loading of modules, as a file of `setupFiles`. A hook into Node sees nothing of
 * it, but it comes before the modules of the test.
 */
export const isInJest = (): boolean => typeof jest !== 'undefined';

/** Loads what the project has of the packages, and replaces the exports of those. */
export function swapAhead(): void {
  for (const name of FILES) {
    let file: string;
    try {
      file = require.resolve(name, { paths: [process.cwd()] });
    } catch {
      continue;
    }
    if (copyOf(file) === undefined) continue;
    hasRun({ exports: require(file) as unknown, filename: file } as NodeJS.Module, file);
  }
}

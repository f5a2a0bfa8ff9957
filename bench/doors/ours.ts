import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * The module name to `require` for one of our entry points: in the published form of the package, if
 * `MYSQLPOOL_BENCH_PACKAGE` names its folder, or else in the repository.
 */
export function ours(entry: string): string {
  const name = entry === '.' ? 'node-mysqlpool' : `node-mysqlpool/${entry}`;
  const folder = process.env['MYSQLPOOL_BENCH_PACKAGE'];
  return folder === undefined ? name : createRequire(join(folder, 'package.json')).resolve(name);
}

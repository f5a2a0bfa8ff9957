import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * What to `require` for one of our entries: that of the package as it is published, in the folder that
 * `MYSQLPOOL_BENCH_PACKAGE` names, or that of the repository.
 */
export function ours(entry: string): string {
  const name = entry === '.' ? 'node-mysqlpool' : `node-mysqlpool/${entry}`;
  const folder = process.env['MYSQLPOOL_BENCH_PACKAGE'];
  return folder === undefined ? name : createRequire(join(folder, 'package.json')).resolve(name);
}

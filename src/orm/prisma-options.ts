import type { MysqlPool } from '../api/index.js';
import { knownOptionNames } from '../api/options.js';
import { checks, PoolOptionError } from '../pool/index.js';

/** Whether the value is a pool of this package, also of another copy of it. */
export const isPool = (source: unknown): source is MysqlPool =>
  typeof source === 'object' && source !== null && 'acquire' in source && 'stats' in source && 'state' in source;

/** @throws PoolOptionError */
export function checkSource(source: unknown, options: unknown): void {
  const refuse = (option: string, text: string): never => {
    throw new PoolOptionError('PrismaMysqlPool', option, text);
  };
  if (isPool(options)) refuse('options', 'two pools were given; give only the one that Prisma is to use');
  const fault = checks.faultInOptions(options, { disposeExternalPool: checks.flag });
  if (fault !== undefined) {
    const { option } = fault;
    const isOfPool = knownOptionNames().has(option);
    refuse(
      option,
      isOfPool
        ? `${option}: it is an option of the pool: give it to createPool, or { uri, ${option} } in place of a URL`
        : fault.message,
    );
  }
  if (isPool(source)) return;
  if (typeof source === 'object' && source !== null && 'getConnection' in source) {
    refuse('pool', "this is another library's pool; give a pool of node-mysqlpool's createPool, a URL, or options");
  }
}

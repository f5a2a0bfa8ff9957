import { Module } from 'node:module';
import { join } from 'node:path';
import { copyIn, type Copy } from './copy.js';
import { swapKnexClient } from './knex.js';
import { swapConnection, swapIndex, swapMaker, swapPromise } from './mysql2.js';
import { explain } from './report.js';
import { swapDialect, swapSequelize } from './sequelize.js';

type Swap = (module: NodeJS.Module, copy: Copy) => void;

/** For each package and each file in it: what to do when that file has been evaluated. */
const SWAPS: Readonly<Record<string, Readonly<Record<string, Swap>>>> = {
  mysql2: {
    'lib/base/connection.js': swapConnection,
    'lib/connection.js': swapConnection,
    'lib/create_pool.js': swapMaker('createPool'),
    'lib/create_pool_cluster.js': swapMaker('createPoolCluster'),
    'index.js': swapIndex,
    'promise.js': swapPromise,
  },
  knex: { 'lib/dialects/mysql2/index.js': swapKnexClient },
  sequelize: { 'lib/sequelize.js': swapSequelize },
  '@sequelize/mysql': { 'lib/dialect.js': swapDialect },
};

// A cheap test that rules out nearly every file.
const CANDIDATE =
  /[\\/](lib[\\/](?:(?:base[\\/])?connection|create_pool(?:_cluster)?|dialects[\\/]mysql2[\\/]index|sequelize|dialect)\.js|index\.js|promise\.js)$/;

interface Compiling {
  _compile(this: NodeJS.Module, content: string, filename: string, ...more: unknown[]): unknown;
}

/**
 * Runs `hasRun` after every CommonJS module of the process was evaluated, whether it was loaded by `require` or by
 * `import`.
 */
export function hookModules(): void {
  const prototype = Module.prototype as unknown as Compiling;
  const compile: Compiling['_compile'] = Reflect.get(prototype, '_compile');
  prototype._compile = function (content, filename, ...more) {
    const result = Reflect.apply(compile, this, [content, filename, ...more]) as unknown;
    hasRun(this, filename);
    return result;
  };
}

/** Whether the file may be one of those that are patched. */
export const isCandidate = (file: string): boolean => CANDIDATE.test(file);

const seen = new WeakSet<NodeJS.Module>();

/** Called after a module was evaluated: replaces its exports before anybody has read them. */
export function hasRun(module: NodeJS.Module, filename: string): void {
  const inside = CANDIDATE.exec(filename)?.[1];
  if (inside === undefined || (!inside.startsWith('lib') && !looksLikeMysql2(module.exports))) return;
  const copy = copyIn(join(filename.slice(0, -inside.length), '.'));
  const swap = copy === undefined || seen.has(module) ? undefined : SWAPS[copy.name]?.[inside.replaceAll('\\', '/')];
  if (copy === undefined || swap === undefined) return;
  seen.add(module);
  try {
    swap(module, copy);
  } catch (error) {
    explain(`${copy.name} ${copy.version} cannot be taken over, and is left as it is: ${(error as Error).message}`);
  }
}

const looksLikeMysql2 = (exports: unknown): boolean =>
  typeof exports === 'object' && exports !== null && 'createPoolCluster' in exports && 'createConnection' in exports;

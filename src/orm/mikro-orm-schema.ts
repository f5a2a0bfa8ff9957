import type { Configuration } from '@mikro-orm/core';
import { autoCloseDb } from '../scope/index.js';

type Tool = Record<string, unknown>;
type Method = (this: unknown, ...args: unknown[]) => unknown;

const NAME = '@mikro-orm/schema-generator';

// The names in MikroORM 6, and those in 7. Both versions turn foreign key checks off with a separate statement, which
// must run on the same connection as the rest.
const METHODS = ['createSchema', 'updateSchema', 'dropSchema', 'refreshDatabase', 'clearDatabase'];
const METHODS_OF_SEVEN = ['create', 'update', 'drop', 'refresh', 'clear'];

/** Makes each method of MikroORM's schema generator run on one connection. */
export function schemaOnOneConnection(config: Configuration): void {
  const register = config.registerExtension.bind(config);
  config.registerExtension = (name, make) => register(name, name === NAME ? () => onOneConnection(make()) : make);
}

function onOneConnection<T>(made: T): T {
  const tool = made as unknown as Tool;
  for (const name of [...METHODS, ...METHODS_OF_SEVEN, 'execute']) {
    const method = tool[name];
    if (typeof method !== 'function') continue;
    tool[name] = (...args: unknown[]) =>
      autoCloseDb.label(`schema.${name}`).run(() => (method as Method).apply(tool, args), { oneConnection: true });
  }
  return made;
}

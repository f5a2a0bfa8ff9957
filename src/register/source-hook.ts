import * as modules from 'node:module';
import { hasRun, isCandidate } from './hook.js';

interface Loaded {
  readonly format?: string | null | undefined;
  readonly source?: unknown;
}

interface Hooks {
  load(url: string, context: unknown, nextLoad: (url: string, context: unknown) => Loaded): Loaded;
}

const key = Symbol.for('node-mysqlpool.hasRun');

/**
 * For custom loaders that supply the source of CommonJS modules: Node compiles such modules without
 * `Module.prototype._compile`, so a call of `hasRun` is appended to their source. Needs Node 22.15 or later.
 */
export function hookSources(): void {
  const { registerHooks } = modules as unknown as { readonly registerHooks?: (hooks: Hooks) => unknown };
  // Not on Deno: with any such hook it runs JSON as a script, and it passes no source to the hook anyway.
  if (registerHooks === undefined || process.versions['deno'] !== undefined) return;
  (globalThis as { [key]?: typeof hasRun })[key] = hasRun;
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const { format, source } = loaded;
      if (format !== 'commonjs' || source === null || source === undefined || !isCandidate(url)) return loaded;
      const text = typeof source === 'string' ? source : new TextDecoder().decode(source as Uint8Array);
      return { ...loaded, source: `${text}\n;globalThis[Symbol.for('node-mysqlpool.hasRun')](module, __filename);` };
    },
  });
}

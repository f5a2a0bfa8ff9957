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
 * For loaders that give Node the source of CommonJS modules themselves: such modules are compiled in another way, and
 * have to be told to report. Needs Node 22.15 or later.
 */
export function hookSources(): void {
  const { registerHooks } = modules as unknown as { readonly registerHooks?: (hooks: Hooks) => unknown };
  // Deno runs JSON as if it were a script once there is any such hook, and gives nobody's sources to it otherwise.
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

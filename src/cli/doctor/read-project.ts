import { readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { ProjectFacts } from './facts.js';

const MOST_PARENTS = 10;

const REGISTER = /\bnode-mysqlpool\/(?:knex\/)?register\b/;

/**
 * Reads the package.json of the project that contains a folder. Undefined if there is none, or if the project does not
 * use this package.
 */
export function readProject(folder: string, env: NodeJS.ProcessEnv): ProjectFacts | undefined {
  const path = manifestAbove(folder);
  if (path === undefined) return undefined;
  const manifest = parse(path);
  if (manifest === undefined || manifest['name'] === 'node-mysqlpool') return undefined;
  const dependencies = new Set(
    ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) => keysOf(manifest[kind])),
  );
  const starts = [env['NODE_OPTIONS'] ?? '', JSON.stringify(manifest['scripts'] ?? {})];
  const registers = starts.some((text) => REGISTER.test(text));
  if (!dependencies.has('node-mysqlpool') && !registers) return undefined;
  return { manifest: relative(folder, path) || path, dependencies, registers };
}

function manifestAbove(folder: string): string | undefined {
  let at = folder;
  for (let step = 0; step < MOST_PARENTS; step++) {
    const path = join(at, 'package.json');
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return path;
    if (dirname(at) === at) return undefined;
    at = dirname(at);
  }
  return undefined;
}

/** Parses a package.json. A broken one is ignored: finding faults in it is not the doctor's task. */
function parse(path: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const keysOf = (value: unknown): string[] => (typeof value === 'object' && value !== null ? Object.keys(value) : []);

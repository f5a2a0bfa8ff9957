import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { ProjectFacts } from './facts.js';

const MOST_FOLDERS = 500;
const MOST_FILES = 1_000;
const MOST_BYTES = 512 * 1024;
const MOST_PARENTS = 10;

const SOURCE = /\.[cm]?[jt]sx?$/;
const SKIPPED = new Set(['node_modules', 'dist', 'build', 'coverage', 'out', 'vendor']);
const OURS = /\bnode-mysqlpool\/[a-z\d-]+(?:\/[a-z]+)?/g;

/** What the project around a folder says of itself; undefined without one, or when it has nothing to do with us. */
export function readProject(folder: string, env: NodeJS.ProcessEnv): ProjectFacts | undefined {
  const path = manifestAbove(folder);
  if (path === undefined) return undefined;
  const manifest = parse(path);
  if (manifest === undefined || manifest['name'] === 'node-mysqlpool') return undefined;
  const dependencies = new Set(
    ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) => keysOf(manifest[kind])),
  );
  const { imports, filesRead } = scan(dirname(path));
  for (const text of [env['NODE_OPTIONS'] ?? '', JSON.stringify(manifest['scripts'] ?? {})]) addOurs(text, imports);
  if (!dependencies.has('node-mysqlpool') && imports.size === 0) return undefined;
  return {
    manifest: relative(folder, path) || path,
    dependencies,
    imports,
    filesRead,
    registers: imports.has('node-mysqlpool/register') || imports.has('node-mysqlpool/knex/register'),
  };
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

/** A manifest that is broken is not ours to complain of. */
function parse(path: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const keysOf = (value: unknown): string[] => (typeof value === 'object' && value !== null ? Object.keys(value) : []);

function addOurs(text: string, imports: Set<string>): void {
  for (const [name] of text.matchAll(OURS)) imports.add(name);
}

/** Reads the sources of a project, as far as the limits go. */
function scan(root: string): { readonly imports: Set<string>; readonly filesRead: number } {
  const imports = new Set<string>();
  const folders = [root];
  let filesRead = 0;
  for (let visited = 0; visited < MOST_FOLDERS; visited++) {
    const folder = folders.shift();
    if (folder === undefined) break;
    for (const entry of list(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !SKIPPED.has(entry.name) && !entry.name.startsWith('.')) folders.push(path);
      if (!entry.isFile() || !SOURCE.test(entry.name) || filesRead >= MOST_FILES) continue;
      addOurs(textOf(path), imports);
      filesRead++;
    }
  }
  return { imports, filesRead };
}

function list(folder: string): ReturnType<typeof entries> {
  try {
    return entries(folder);
  } catch {
    return [];
  }
}

const entries = (folder: string) => readdirSync(folder, { withFileTypes: true });

function textOf(path: string): string {
  try {
    return statSync(path).size > MOST_BYTES ? '' : readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

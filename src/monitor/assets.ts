import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join, relative, sep } from 'node:path';

export interface Asset {
  readonly type: string;
  readonly body: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
};

// Of no folder, so that there is nothing in it.
const NOWHERE = '';

let known: ReadonlyMap<string, Asset> | undefined;

/** The files of the page by path, read once: what is not there at that time is never served. */
export function pageAssets(): ReadonlyMap<string, Asset> {
  return (known ??= readAssets(pageFolder()));
}

/**
 * Beside this file; but in a bundle, which is somewhere else, in the package as it is installed there, or where the program
 * runs. A folder of the same name beside a bundle may be the program's own, and must not be shown to anybody.
 */
function pageFolder(): string {
  const here = typeof __filename === 'string' ? __filename : join(process.cwd(), 'any.js');
  const beside = join(dirname(here), 'page');
  if (isPage(beside)) return beside;
  for (const place of [here, join(process.cwd(), 'any.js')]) {
    try {
      const folder = join(dirname(createRequire(place).resolve('node-mysqlpool/package.json')), 'dist/monitor/page');
      if (isPage(folder)) return folder;
    } catch {
      // Not installed there.
    }
  }
  return NOWHERE;
}

function isPage(folder: string): boolean {
  try {
    return readFileSync(join(folder, 'index.html'), 'utf8').includes('<title>mysqlpool monitor</title>');
  } catch {
    return false;
  }
}

/** The files of a folder by path; `/` is its index.html. Empty without the folder, as in a bundle. */
export function readAssets(folder: string): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>();
  for (const file of filesIn(folder)) {
    const type = TYPES[extname(file)];
    if (type === undefined) continue;
    const path = `/${relative(folder, file).replaceAll(sep, '/')}`;
    assets.set(path, { type, body: readFileSync(file) });
  }
  const index = assets.get('/index.html');
  if (index !== undefined) assets.set('/', index);
  return assets;
}

function filesIn(folder: string): string[] {
  if (folder === NOWHERE) return [];
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

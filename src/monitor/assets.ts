import { extname } from 'node:path';

export interface Asset {
  readonly type: string;
  readonly body: Buffer;
}

/** The module page-assets.js, which the build generates: the contents of the page's files, by path. */
interface PageAssets {
  readonly texts: Readonly<Record<string, string>>;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

let known: ReadonlyMap<string, Asset> | undefined;

/**
 * The files of the page by path; `/` is its index.html. The module that contains them is loaded at the first request.
 */
export function pageAssets(): ReadonlyMap<string, Asset> {
  return (known ??= assetsOf((require('./page-assets.js') as PageAssets).texts));
}

function assetsOf(texts: PageAssets['texts']): ReadonlyMap<string, Asset> {
  const assets = new Map(
    Object.entries(texts).map(([path, text]): [string, Asset] => [
      path,
      { type: TYPES[extname(path)]!, body: Buffer.from(text) },
    ]),
  );
  assets.set('/', assets.get('/index.html')!);
  return assets;
}

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context);
  if (loaded.format !== 'commonjs' || !url.startsWith('file:')) return loaded;
  return { ...loaded, source: await readFile(fileURLToPath(url), 'utf8') };
}

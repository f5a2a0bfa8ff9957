import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { unpackServerPackages } from './apt-packages.js';
import { buildFolder, checkFolder, discardFolder, sweepUnfinished } from './built-folder.js';
import { cacheFolder } from './cache-folder.js';
import { withFileLock } from './file-lock.js';
import type { Progress } from './progress.js';
import { askVersion, unpackedBinary } from './server-binary.js';
import type { ServerBinary } from './server-binary.js';
import type { ServerKind } from './test-server.js';

/** Whether this system has apt's client and its unpacker. */
export function canFetch(): boolean {
  const has = (tool: string): boolean =>
    (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, tool)));
  return ['apt-get', 'apt-cache', 'dpkg'].every(has);
}

/** The server from the cache folder, fetched now if it is not there or does not run. Safe in several processes at once. */
export async function fetchedBinary(
  kind: ServerKind,
  progress: Progress,
  cache: string = cacheFolder,
): Promise<ServerBinary> {
  const ready = await cachedBinary(kind, cache);
  if (ready) return ready;
  await mkdir(cache, { recursive: true });
  const wait = (): void => progress('waiting for another process that fetches it');
  return withFileLock(
    join(cache, `${kind}.lock`),
    async () => {
      const other = await cachedBinary(kind, cache);
      if (other) return other;
      for (const folder of await folders(kind, cache)) await discardFolder(folder);
      await sweepUnfinished(cache);
      await buildFolder(
        (version: string) => join(cache, `${kind}-${version}`),
        cache,
        async (root) => {
          await unpackServerPackages(kind, root, progress);
          const { command, args } = unpackedBinary(kind, '', root);
          const found = await askVersion(command, args);
          if (found?.kind !== kind) throw new Error(`the fetched package is not a ${kind} server we can use`);
          return found.version;
        },
      );
      const fetched = await cachedBinary(kind, cache);
      if (!fetched) throw new Error(`the fetched ${kind} server does not run`);
      return fetched;
    },
    wait,
  );
}

async function cachedBinary(kind: ServerKind, cache: string): Promise<ServerBinary | undefined> {
  for (const folder of await folders(kind, cache)) {
    const version = await checkFolder<string>(folder);
    if (version === undefined) continue;
    const binary = unpackedBinary(kind, version, folder);
    const found = await askVersion(binary.command, binary.args).catch(() => undefined);
    if (found?.kind === kind) return binary;
  }
  return undefined;
}

async function folders(kind: ServerKind, cache: string): Promise<string[]> {
  const names = await readdir(cache).catch(() => []);
  return names.filter((name) => new RegExp(`^${kind}-\\d[\\d.]*$`).test(name)).map((name) => join(cache, name));
}

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

/** Which server is meant, and where it is kept. */
export interface Fetched {
  /** The suite it comes from; without it, whichever of the machine's suites has one. */
  readonly suite?: string | undefined;
  readonly cache?: string;
}

/** The server from the cache folder, fetched now if it is not there or does not run. Safe in several processes at once. */
export async function fetchedBinary(
  kind: ServerKind,
  progress: Progress,
  { suite, cache = cacheFolder }: Fetched = {},
): Promise<ServerBinary> {
  const name = suite === undefined ? kind : `${kind}-${suite}`;
  const ready = await cachedBinary(kind, name, cache);
  if (ready) return ready;
  await mkdir(cache, { recursive: true });
  const wait = (): void => progress('waiting for another process that fetches it');
  return withFileLock(
    join(cache, `${name}.lock`),
    async () => {
      const other = await cachedBinary(kind, name, cache);
      if (other) return other;
      for (const folder of await folders(name, cache)) await discardFolder(folder);
      await sweepUnfinished(cache);
      await buildFolder(
        (version: string) => join(cache, `${name}-${version}`),
        cache,
        async (root) => {
          await unpackServerPackages(kind, suite, root, progress);
          const { command, args } = unpackedBinary(kind, '', root);
          const found = await askVersion(command, args);
          if (found?.kind !== kind) throw new Error(`the fetched package is not a ${kind} server we can use`);
          return found.version;
        },
      );
      const fetched = await cachedBinary(kind, name, cache);
      if (!fetched) throw new Error(`the fetched ${kind} server does not run`);
      return fetched;
    },
    wait,
  );
}

async function cachedBinary(kind: ServerKind, name: string, cache: string): Promise<ServerBinary | undefined> {
  for (const folder of await folders(name, cache)) {
    const version = await checkFolder<string>(folder);
    if (version === undefined) continue;
    const binary = unpackedBinary(kind, version, folder);
    const found = await askVersion(binary.command, binary.args).catch(() => undefined);
    if (found?.kind === kind) return binary;
  }
  return undefined;
}

async function folders(name: string, cache: string): Promise<string[]> {
  const all = await readdir(cache).catch(() => []);
  return all.filter((each) => new RegExp(`^${name}-\\d[\\d.]*$`).test(each)).map((each) => join(cache, each));
}

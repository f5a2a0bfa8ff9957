import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { unpackPackages, type ProgramPackage } from './apt-packages.js';
import { buildFolder, checkFolder, discardFolder, sweepUnfinished } from './built-folder.js';
import { cacheFolder } from './cache-folder.js';
import { withFileLock } from './file-lock.js';
import { foldersOf, programsIn } from './on-path.js';
import type { Progress } from './progress.js';
import { askVersion, unpackedBinary } from './server-binary.js';
import type { ServerBinary } from './server-binary.js';
import type { ServerKind } from './test-server.js';

/** Whether this system has apt and dpkg. */
export function canFetch(): boolean {
  return ['apt-get', 'apt-cache', 'dpkg'].every((tool) => programsIn(foldersOf(), [tool]).length > 0);
}

/** Where a server is fetched from, and where it is kept. */
export interface Fetched {
  /** The distribution's suite. @default any of the machine's suites that has the server */
  readonly suite?: string | undefined;
  readonly cache?: string;
}

/** A program that can be fetched: how it is unpacked, and how it is run then. */
export interface Fetchable<T extends { readonly version: string }> {
  /** The beginning of the folder's name. */
  readonly name: string;
  /** Unpacks the program and everything it needs into the folder `root`. */
  readonly unpack: (root: string, suite: string | undefined, progress: Progress) => Promise<void>;
  /** Runs the unpacked program to read its version. Resolves with undefined if it is not the wanted program. */
  open(root: string): Promise<T | undefined>;
}

const PACKAGES: Record<ServerKind, ProgramPackage> = {
  mariadb: { prefixes: ['mariadb-server-core'], name: /-core(-[\d.]+)?$/ },
  mysql: { prefixes: ['mysql-server-core'], name: /-core(-[\d.]+)?$/, debian: ['unstable'] },
};

/**
 * The server in the cache folder; fetched first if it is missing or does not run. Safe in several processes at once.
 */
export function fetchedBinary(kind: ServerKind, progress: Progress, where: Fetched = {}): Promise<ServerBinary> {
  const open = async (root: string): Promise<ServerBinary | undefined> => {
    const { command, args } = unpackedBinary(kind, '', root);
    const found = await askVersion(command, args);
    return found?.kind === kind ? unpackedBinary(kind, found.version, root) : undefined;
  };
  return fetched({ name: kind, unpack: fromPackage(PACKAGES[kind]), open }, progress, where);
}

/** The `unpack` of a program that the distribution has a package of. */
export function fromPackage(wanted: ProgramPackage): Fetchable<never>['unpack'] {
  return (root, suite, progress) => unpackPackages(wanted, suite, root, progress);
}

/** Like `fetchedBinary`, for any program. */
export async function fetched<T extends { readonly version: string }>(
  wanted: Fetchable<T>,
  progress: Progress,
  { suite, cache = cacheFolder }: Fetched = {},
): Promise<T> {
  const name = suite === undefined ? wanted.name : `${wanted.name}-${suite}`;
  const ready = await cached(wanted, name, cache);
  if (ready) return ready;
  await mkdir(cache, { recursive: true });
  const wait = (): void => progress('waiting for another process that fetches it');
  return withFileLock(
    join(cache, `${name}.lock`),
    async () => {
      const other = await cached(wanted, name, cache);
      if (other) return other;
      for (const folder of await folders(name, cache)) await discardFolder(folder);
      await sweepUnfinished(cache);
      await buildFolder(
        (version: string) => join(cache, `${name}-${version}`),
        cache,
        async (root) => {
          await wanted.unpack(root, suite, progress);
          const found = await wanted.open(root);
          if (!found) throw new Error(`what was fetched is not a ${wanted.name} that we can use`);
          return found.version;
        },
      );
      const made = await cached(wanted, name, cache);
      if (!made) throw new Error(`the fetched ${wanted.name} does not run`);
      return made;
    },
    wait,
  );
}

async function cached<T extends { readonly version: string }>(
  wanted: Fetchable<T>,
  name: string,
  cache: string,
): Promise<T | undefined> {
  for (const folder of await folders(name, cache)) {
    if ((await checkFolder<string>(folder)) === undefined) continue;
    const found = await wanted.open(folder).catch(() => undefined);
    if (found) return found;
  }
  return undefined;
}

async function folders(name: string, cache: string): Promise<string[]> {
  const all = await readdir(cache).catch(() => []);
  return all.filter((each) => new RegExp(`^${name}-\\d[\\d.]*$`).test(each)).map((each) => join(cache, each));
}

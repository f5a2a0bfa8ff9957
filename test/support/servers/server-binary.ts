import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { foldersOf, programsIn } from './on-path.js';
import { runCommand } from './run-command.js';
import type { ServerKind } from './test-server.js';

/** A server program, with the arguments that must precede all others. */
export interface ServerBinary {
  readonly kind: ServerKind;
  /** Three numbers, such as `10.11.6`. */
  readonly version: string;
  readonly command: string;
  /**
   * Ends with `--no-defaults`, which must be the server's first argument, and the options for the paths of its files.
   */
  readonly args: readonly string[];
  /** Folders that may contain MariaDB's SQL scripts for a new data folder. */
  readonly shares: readonly string[];
}

const OLDEST: Record<ServerKind, readonly [number, number]> = { mariadb: [10, 6], mysql: [8, 0] };

/** Kind and version of a server, from its `--version` line; undefined if it is no supported server. */
export function parseVersion(line: string): { kind: ServerKind; version: string } | undefined {
  const version = /\bVer (?:\d+\.\d+ Distrib )?(\d+\.\d+\.\d+)/.exec(line)?.[1];
  if (!version) return undefined;
  const kind = /mariadb/i.test(line.slice(line.indexOf(' Ver '))) ? 'mariadb' : 'mysql';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST[kind];
  const isUsable = major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
  return isUsable ? { kind, version } : undefined;
}

/** Runs the program with `--version` to learn what it is. Rejects if it does not run. */
export async function askVersion(
  command: string,
  args: readonly string[],
): Promise<{ kind: ServerKind; version: string } | undefined> {
  return parseVersion(await runCommand(command, [...args, '--version'], { timeout: 20_000 }));
}

/** The first program of that kind on the PATH or in the usual folders for servers outside of the PATH. */
export async function installedBinary(kind: ServerKind, path?: string): Promise<ServerBinary | undefined> {
  const folders = [...foldersOf(path), '/usr/sbin', '/usr/local/sbin'];
  const names = kind === 'mariadb' ? ['mariadbd', 'mysqld'] : ['mysqld'];
  for (const file of new Set(programsIn(folders, names))) {
    const command = realpathSync(file);
    const found = await askVersion(command, []).catch(() => undefined);
    if (found?.kind === kind) return { ...found, command, args: ['--no-defaults'], shares: shareFolders(command) };
  }
  return undefined;
}

/** A server unpacked below `root`. It is run by its own dynamic loader with its own libraries: nothing is installed. */
export function unpackedBinary(kind: ServerKind, version: string, root: string): ServerBinary {
  const server = ['mariadbd', 'mysqld'].map((name) => join(root, 'usr/sbin', name)).find((file) => existsSync(file));
  if (!server) throw new Error(`no ${kind} server in the unpacked packages`);
  const { command, args: loading } = unpackedProgram(root, server);
  const share = ['mysql', 'mariadb']
    .map((name) => join(root, 'usr/share', name))
    .find((each) => existsSync(join(each, 'charsets')));
  const plugins = ['mysql', 'mariadb']
    .map((name) => join(root, 'usr/lib', name, 'plugin'))
    .find((each) => existsSync(each));
  const args = [...loading, '--no-defaults', `--basedir=${join(root, 'usr')}`];
  if (share) args.push(`--lc-messages-dir=${share}`, `--character-sets-dir=${join(share, 'charsets')}`);
  if (plugins) args.push(`--plugin-dir=${plugins}`);
  return { kind, version, command, args, shares: share ? [share] : [] };
}

/** How to run a program unpacked below `root` by its own dynamic loader with its own libraries. */
export function unpackedProgram(root: string, program: string): { readonly command: string; readonly args: string[] } {
  const libraries = ['lib', 'usr/lib'].flatMap((name) => libraryFolders(join(root, name)));
  const loader = libraries.flatMap((folder) =>
    filesIn(folder)
      .filter(isLoader)
      .map((name) => join(folder, name)),
  )[0];
  if (!loader) throw new Error('no loader in the unpacked packages');
  return { command: loader, args: ['--library-path', libraries.join(':'), program] };
}

const isLoader = (name: string): boolean => /^ld-linux.*\.so|^ld64?\.so/.test(name);

function libraryFolders(folder: string): string[] {
  return filesIn(folder)
    .filter((name) => name.includes('-linux-gnu'))
    .map((name) => join(folder, name));
}

function filesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function shareFolders(command: string): string[] {
  const base = dirname(dirname(command));
  return ['share/mariadb', 'share/mysql', 'share']
    .map((name) => join(base, name))
    .concat('/usr/share/mariadb', '/usr/share/mysql');
}

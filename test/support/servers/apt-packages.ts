import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Progress } from './progress.js';
import { machineSources, stanza } from './apt-sources.js';
import type { AptSource } from './apt-sources.js';
import { runCommand } from './run-command.js';

/** The package that a server comes in. */
export interface ServerPackage {
  /** How its name may begin; the first is taken that the distribution has. */
  readonly prefixes: readonly string[];
  /** Its whole name; of several the newest is taken. */
  readonly name: RegExp;
  /** Debian has it in its newest suite only. */
  readonly isNew?: boolean;
}

const ROLLING_SUITES = ['stable', 'oldstable', 'testing', 'unstable', 'sid'];
/** The server, its messages and the libraries under it; scripts, Perl and package tools are of no use to us. */
const UNPACKED = /^(lib(?!perl)|zlib|gcc-|mysql-|mariadb-|lua-|valkey-|redis-)/;

/**
 * Unpacks the distribution's own package of a server, and every library it needs down to the C library, into a folder.
 * Nothing is installed and nothing outside the folder changes: apt's client works on a private state in which nothing
 * is installed, so it needs no rights, and no `apt-get update` of the machine. Another suite than the machine's own is
 * read from the same archives.
 */
export async function unpackServerPackages(
  wanted: ServerPackage,
  suite: string | undefined,
  folder: string,
  progress: Progress,
): Promise<void> {
  const attempts = await archives(wanted, suite);
  if (attempts.length === 0) throw new Error('apt has no source for this distribution');
  const failures: string[] = [];
  for (const { from, suite: tried } of attempts) {
    // Outside the repository, whose path may hold characters apt does not take.
    const state = await mkdtemp(join(tmpdir(), 'mysqlpool-apt-'));
    try {
      await download(wanted, state, stanza(from, tried), progress);
      await unpack(join(state, 'archives'), folder, progress);
      return;
    } catch (error) {
      failures.push(`${tried}: ${(error as Error).message}`);
    } finally {
      await rm(state, { recursive: true, force: true });
    }
  }
  throw new Error(failures.join('; '));
}

/** Debian has MariaDB in every suite but MySQL only in its newest one; Ubuntu has both in each. */
async function archives(
  { isNew }: ServerPackage,
  wanted: string | undefined,
): Promise<{ from: AptSource; suite: string }[]> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const codename = /^VERSION_CODENAME="?(\w+)/m.exec(release)?.[1] ?? '';
  const isDebian = /^ID="?debian/m.test(release);
  const found: { from: AptSource; suite: string }[] = [];
  for (const from of machineSources()) {
    const own = from.suites.filter((suite) => suite === codename || ROLLING_SUITES.includes(suite));
    if (own.length === 0 || !/\bmain\b/.test(from.components)) continue;
    const known = isDebian && isNew ? ['unstable', ...own] : own;
    const suites = wanted === undefined ? known : [wanted];
    for (const suite of new Set(suites)) found.push({ from, suite });
  }
  return found;
}

async function download(wanted: ServerPackage, state: string, sources: string, progress: Progress): Promise<void> {
  for (const name of ['lists/partial', 'archives/partial', 'sources'])
    await mkdir(join(state, name), { recursive: true });
  await writeFile(join(state, 'status'), '');
  await writeFile(join(state, 'sources', 'archive.sources'), sources);
  const options = Object.entries({
    'Dir::State': state,
    'Dir::State::Lists': join(state, 'lists'),
    'Dir::State::status': join(state, 'status'),
    'Dir::Cache': state,
    'Dir::Cache::Archives': join(state, 'archives'),
    'Dir::Etc::SourceList': '/dev/null',
    'Dir::Etc::SourceParts': join(state, 'sources'),
    'Acquire::Languages': 'none',
    // As root, apt would fetch as a user of its own who cannot write into our folder.
    'APT::Sandbox::User': process.getuid?.() === 0 ? 'root' : '',
  }).flatMap(([name, value]) => (value ? ['-o', `${name}=${value}`] : []));

  progress('reading the lists of packages');
  await runCommand('apt-get', [...options, 'update'], { timeout: 300_000 });
  const newest = await newestPackage(wanted, options);
  let total = '?';
  await runCommand('apt-get', [...options, 'install', '-y', '--no-install-recommends', '--download-only', newest], {
    timeout: 600_000,
    onLine: (line) => {
      total = /(\d+) newly installed/.exec(line)?.[1] ?? total;
      const nth = /^Get:(\d+)/.exec(line)?.[1];
      if (nth && (nth === total || process.stderr.isTTY || Number(nth) % 20 === 1)) {
        progress(`downloading ${newest} and what it needs, ${nth} of ${total} packages`);
      }
    },
  });
}

async function newestPackage({ prefixes, name }: ServerPackage, options: readonly string[]): Promise<string> {
  for (const prefix of prefixes) {
    const names = await runCommand('apt-cache', [...options, 'pkgnames', prefix]);
    const newest = names
      .split('\n')
      .filter((each) => name.test(each))
      .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
      .at(-1);
    if (newest !== undefined) return newest;
  }
  throw new Error(`no package ${prefixes.join(' or ')}`);
}

async function unpack(archives: string, folder: string, progress: Progress): Promise<void> {
  const packages = (await readdir(archives)).filter((name) => name.endsWith('.deb') && UNPACKED.test(name));
  progress(`unpacking ${packages.length} packages`);
  for (const name of packages) await runCommand('dpkg', ['-x', join(archives, name), folder]);
}

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Progress } from './progress.js';
import { machineSources, stanza } from './apt-sources.js';
import type { AptSource } from './apt-sources.js';
import { runCommand } from './run-command.js';

/** Which package contains a program. */
export interface ProgramPackage {
  /** Prefixes of the package's name, in order of preference: the first one that the distribution has is used. */
  readonly prefixes: readonly string[];
  /** What the package's full name must match; of several packages the newest is used. */
  readonly name: RegExp;
  /** The names of further packages to unpack. */
  readonly beside?: readonly string[];
  /** Debian suites to try before the machine's own suite, which has no such package or an old one. */
  readonly debian?: readonly string[];
  /** Which of the downloaded packages to unpack. @default a server, its message files and the libraries it needs */
  readonly unpacked?: RegExp;
}

const ROLLING_SUITES = ['stable', 'oldstable', 'testing', 'unstable', 'sid'];
/**
 * Packages that a server needs to run: its dependencies also name scripts, Perl and package tools, which it does not.
 */
const SERVER = /^(lib(?!perl)|zlib|gcc-|mysql-|mariadb-|lua-|valkey-|redis-)/;

/**
 * Unpacks the distribution's package of a program, and every library that it needs (the C library included), into a
 * folder. Nothing is installed and nothing outside the folder changes. If `suite` is not the machine's own, it is read
 * from the same archives.
 */
export function unpackPackages(
  wanted: ProgramPackage,
  suite: string | undefined,
  folder: string,
  progress: Progress,
): Promise<void> {
  return withArchives(wanted.debian ?? [], suite, 'deb', progress, async (apt) => {
    const packages = [await newestPackage(wanted, apt), ...(wanted.beside ?? [])];
    await download(packages, apt, progress);
    await unpack(join(apt.state, 'archives'), wanted.unpacked ?? SERVER, folder, progress);
  });
}

/** Unpacks the original source archive of a package into a folder: it has the tests, which binary packages lack. */
export function unpackSource(
  name: string,
  debian: readonly string[],
  suite: string | undefined,
  folder: string,
  progress: Progress,
): Promise<void> {
  return withArchives(debian, suite, 'deb-src', progress, async (apt) => {
    progress(`downloading the source of ${name}`);
    const args = [...apt.options, 'source', '--download-only', name];
    const failure = await runCommand('apt-get', args, { cwd: apt.state, timeout: 300_000 }).then(
      () => undefined,
      (error: Error) => error,
    );
    // The distribution's patches are not needed, and the download may have failed for them alone.
    const archive = (await readdir(apt.state)).find((file) => /\.orig\.tar\.\w+$/.test(file));
    if (archive === undefined) throw failure ?? new Error(`the source of ${name} has no archive of its authors`);
    await runCommand('tar', ['-xf', join(apt.state, archive), '-C', folder, '--strip-components=1']);
  });
}

/**
 * apt with a private state, in which nothing is installed: it needs no root rights and leaves the machine's lists
 * alone.
 */
interface PrivateApt {
  readonly state: string;
  readonly options: readonly string[];
}

/** Does the work with the first archive that it succeeds with. */
async function withArchives(
  debian: readonly string[],
  suite: string | undefined,
  type: 'deb' | 'deb-src',
  progress: Progress,
  work: (apt: PrivateApt) => Promise<void>,
): Promise<void> {
  const attempts = await archives(debian, suite);
  if (attempts.length === 0) throw new Error('apt has no source for this distribution');
  const failures: string[] = [];
  for (const { from, suite: tried } of attempts) {
    // Outside the repository: its path may contain characters that apt does not accept.
    const state = await mkdtemp(join(tmpdir(), 'mysqlpool-apt-'));
    try {
      await work(await privateApt(state, stanza(from, tried, type), progress));
      return;
    } catch (error) {
      failures.push(`${tried}: ${(error as Error).message}`);
    } finally {
      await rm(state, { recursive: true, force: true });
    }
  }
  throw new Error(failures.join('; '));
}

/**
 * Which suites to try, in this order. Debian has MariaDB in every suite, but MySQL only in unstable; Ubuntu has both.
 */
async function archives(
  debian: readonly string[],
  wanted: string | undefined,
): Promise<{ from: AptSource; suite: string }[]> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const codename = /^VERSION_CODENAME="?(\w+)/m.exec(release)?.[1] ?? '';
  const isDebian = /^ID="?debian/m.test(release);
  const found: { from: AptSource; suite: string }[] = [];
  for (const from of machineSources()) {
    const own = from.suites.filter((suite) => suite === codename || ROLLING_SUITES.includes(suite));
    if (own.length === 0 || !/\bmain\b/.test(from.components)) continue;
    const known = isDebian ? [...debian, ...own] : own;
    const suites = wanted === undefined ? known : [wanted];
    for (const suite of new Set(suites)) found.push({ from, suite });
  }
  return found;
}

async function privateApt(state: string, sources: string, progress: Progress): Promise<PrivateApt> {
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
    // When run as root, apt would download as the user _apt, which cannot write into our folder.
    'APT::Sandbox::User': process.getuid?.() === 0 ? 'root' : '',
  }).flatMap(([name, value]) => (value ? ['-o', `${name}=${value}`] : []));
  progress('reading the lists of packages');
  await runCommand('apt-get', [...options, 'update'], { timeout: 300_000 });
  return { state, options };
}

async function download(packages: readonly string[], { options }: PrivateApt, progress: Progress): Promise<void> {
  let total = '?';
  await runCommand(
    'apt-get',
    [...options, 'install', '-y', '--no-install-recommends', '--download-only', ...packages],
    {
      timeout: 600_000,
      onLine: (line) => {
        total = /(\d+) newly installed/.exec(line)?.[1] ?? total;
        const nth = /^Get:(\d+)/.exec(line)?.[1];
        if (nth && (nth === total || process.stderr.isTTY || Number(nth) % 20 === 1)) {
          progress(`downloading ${packages[0]} and what it needs, ${nth} of ${total} packages`);
        }
      },
    },
  );
}

async function newestPackage({ prefixes, name }: ProgramPackage, { options }: PrivateApt): Promise<string> {
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

async function unpack(archives: string, unpacked: RegExp, folder: string, progress: Progress): Promise<void> {
  const packages = (await readdir(archives)).filter((name) => name.endsWith('.deb') && unpacked.test(name));
  progress(`unpacking ${packages.length} packages`);
  for (const name of packages) await runCommand('dpkg', ['-x', join(archives, name), folder]);
}

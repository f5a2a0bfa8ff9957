/** What holds for the repository as a whole: sizes, proportions, and nothing that belongs to one machine. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { test } from 'node:test';

const ROOT = join(__dirname, '..', '..');
const FOLDERS = ['.ci', 'bench', 'chaos', 'demo', 'docs', 'scripts', 'src', 'test'];
const CODE = new Set(['.ts', '.mjs', '.cjs', '.js', '.sh']);

const MOST_LINES = 400;
const MOST_ENGINE_LINES = 2_990;
const TEST_LINES_PER_SOURCE_LINE = 1.5;

interface File {
  /** From the root, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
}

function read(path: string): File {
  const text = readFileSync(path, 'utf8');
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return { path: relative(ROOT, path).replaceAll(sep, '/'), text, lines };
}

function all(): readonly File[] {
  const own = readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isFile() && !ignored(entry.name));
  const inFolders = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && !ignored(entry.name))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  return [...own.map(({ name }) => join(ROOT, name)), ...inFolders].map(read);
}

/** What .gitignore keeps out of these folders, and where git is, which is a file in a second working tree. */
function ignored(name: string): boolean {
  return name === '.git' || name.endsWith('.tgz') || name.endsWith('.tsbuildinfo');
}

const FILES = all();
const code = (folder: string): File[] =>
  FILES.filter(({ path }) => path.startsWith(`${folder}/`) && CODE.has(extname(path)));
const linesOf = (files: readonly File[]): number => files.reduce((sum, { lines }) => sum + lines.length, 0);

/** Every match in every file, as `path:line: match`, that `allowed` does not accept. */
function found(pattern: RegExp, allowed: (match: RegExpMatchArray, file: File) => boolean = () => false): string[] {
  return FILES.flatMap((file) =>
    file.lines.flatMap((line, index) =>
      [...line.matchAll(pattern)]
        .filter((match) => !allowed(match, file))
        .map((match) => `${file.path}:${index + 1}: ${match[0]}`),
    ),
  );
}

/** The files that may be longer, as the linter is told. */
function longer(): ReadonlyMap<string, number> {
  const lint = FILES.find(({ path }) => path === '.oxlintrc.json');
  const { overrides } = JSON.parse(lint!.text) as {
    overrides: { files: string[]; rules: { 'max-lines'?: [string, { max: number }] } }[];
  };
  return new Map(
    overrides.flatMap(({ files, rules: { 'max-lines': rule } }) =>
      files.flatMap((file) => (rule ? [[file, rule[1].max]] : [])),
    ),
  );
}

test('no file of code is longer than 400 lines, but for the state machine of the pool', () => {
  const mayBeLonger = longer();
  assert.deepEqual([...mayBeLonger.keys()], ['src/pool/pool.ts']);
  const files = ['bench', 'chaos', 'demo', 'scripts', 'src', 'test'].flatMap(code);
  assert.ok(files.length > 50, `looked at ${files.length} files`);
  const tooLong = files.filter(({ path, lines }) => lines.length > (mayBeLonger.get(path) ?? MOST_LINES));
  assert.deepEqual(
    tooLong.map(({ path, lines }) => `${path}: ${lines.length} lines`),
    [],
  );
});

test('the engine has at most 2 990 lines of code', () => {
  const written = code('src/pool').flatMap((file) => file.lines);
  const lines = written.filter((line) => !/^\s*(?:\/\/|\/?\*|$)/.test(line)).length;
  assert.ok(lines > 0 && lines <= MOST_ENGINE_LINES, `src/pool has ${lines} lines of code`);
});

test('there are at least 1.5 lines of test for a line of source', () => {
  const source = linesOf(code('src'));
  const tests = linesOf(code('test'));
  assert.ok(source > 0);
  assert.ok(
    tests >= TEST_LINES_PER_SOURCE_LINE * source,
    `${tests} lines of test for ${source} of source: ${(tests / source).toFixed(2)} to 1`,
  );
});

test('no file names a folder of somebody’s machine', () => {
  assert.deepEqual(found(/(?<![\w.$}*])\/(?:home|root|work|Users|tmp|mnt|workspace)\/[\w.-]*/g), []);
});

// Where the reader may be sent. Anything else, above all a package registry or a mirror, is not ours to name.
const PUBLIC_HOSTS = new Set([
  'dev.mysql.com',
  'docs.djangoproject.com',
  'docs.sqlalchemy.org',
  'github.com',
  'mariadb.com',
  'no-color.org',
  'nodejs.org',
  'semver.org',
  'www.npmjs.com',
  'www.w3.org', // the names of namespaces, such as that of SVG
]);

test('every address of a web page leads to a public place that the list names', () => {
  const reserved = /^127\.|^0\.0\.0\.0$|(^|\.)(example|invalid|test|localhost)$|(^|\.)example\.(com|org|net)$/;
  assert.deepEqual(
    found(/https?:\/\/([\w-]+\.[\w.-]+)/g, ([, host], { path }) => {
      // The lock file carries the funding pages of other packages.
      return PUBLIC_HOSTS.has(host!) || reserved.test(host!) || path === 'package-lock.json';
    }),
    [],
  );
});

test('every IP address is a loopback address, or one that is reserved for examples', () => {
  const harmless = /^(127\.|0\.0\.0\.0$|192\.0\.2\.|198\.51\.100\.|203\.0\.113\.)/;
  assert.deepEqual(
    found(/(?<![\w.-])\d{1,3}(?:\.\d{1,3}){3}(?![\w.-])/g, ([address]) => harmless.test(address)),
    [],
  );
});

test('the manifest and the lock file name no registry', () => {
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
    const file = FILES.find(({ path }) => path === name);
    assert.doesNotMatch(file?.text ?? '', /"resolved"|registry/, name);
  }
});

interface LockedPackage {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

test('the lock file holds every package that one of its packages asks for, whatever the platform', () => {
  const lock = FILES.find(({ path }) => path === 'package-lock.json');
  const { packages } = JSON.parse(lock!.text) as { packages: Readonly<Record<string, LockedPackage>> };
  // As Node looks for them: in the package's own folder, then in that of whoever holds it.
  const holds = (folder: string, name: string): boolean => {
    for (let at = folder; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
      if (packages[`${at === '' ? '' : `${at}/`}node_modules/${name}`]) return true;
      if (at === '') return false;
    }
  };
  const missing = Object.entries(packages).flatMap(([folder, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !holds(folder, name))
      .map((name) => `${folder}: ${name}`),
  );
  assert.deepEqual(missing, []);
});

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { canFetch, fetched, fromPackage, type Fetchable } from '#support/servers/fetched-binary.js';
import { consoleProgress } from '#support/servers/progress.js';
import { runCommand } from '#support/servers/run-command.js';
import { unpackedProgram } from '#support/servers/server-binary.js';

/** What runs the programs of a language: a command, what comes before the program's file, and its environment. */
export interface Runtime {
  readonly version: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Where fetched clients are kept: git-ignored, at the root of the repository, safe to delete. */
export const clientsFolder = join(__dirname, '../../../.clients');
const programs = join(__dirname, '../../../test/clients/programs');

// Their versions do not change any more, and they are newer than those of many machines.
export const DEBIAN = ['trixie'];
const NEWEST = ['unstable'];
const exactly = (name: string): { readonly prefixes: readonly [string]; readonly name: RegExp } => ({
  prefixes: [name],
  name: new RegExp(`^${name}$`),
});
/** The package of that name and others, with all that they need. */
const packages = (names: readonly [string, ...string[]], debian = DEBIAN): Fetchable<never>['unpack'] =>
  fromPackage({ ...exactly(names[0]), beside: names.slice(1), debian, unpacked: /./ });

/** Asks a runtime for its version, which is whatever three numbers it prints; undefined when it does not run. */
async function tried(runtime: Omit<Runtime, 'version'>, ...question: readonly string[]): Promise<Runtime | undefined> {
  const { command, args, env } = runtime;
  const text = await runCommand(command, [...args, ...question], { env, timeout: 20_000 });
  const version = /\d+\.\d+(\.\d+)?/.exec(text)?.[0];
  return version === undefined ? undefined : { ...runtime, version };
}

/** The one file, or folder, of that name below a folder of the unpacked packages. */
function only(root: string, folder: string, name: RegExp): string {
  const found = readdirSync(join(root, folder)).find((each) => name.test(each));
  if (found === undefined) throw new Error(`nothing in ${folder} of the unpacked packages is called ${name.source}`);
  return join(root, folder, found);
}

function architecture(root: string): string {
  return only(root, 'usr/lib', /-linux-gnu/);
}

/** Where the client library of MariaDB finds its ways to log in. */
const pluginsOf = (root: string): NodeJS.ProcessEnv => ({
  MARIADB_PLUGIN_DIR: join(architecture(root), 'libmariadb3/plugin'),
});

const PYTHON: Fetchable<Runtime> = {
  name: 'python',
  unpack: packages(['python3-mysqldb', 'python3-pymysql', 'python3-cryptography', 'python3-django']),
  open(root) {
    const { command, args } = unpackedProgram(root, only(root, 'usr/bin', /^python3\.\d+$/));
    const paths = { PYTHONHOME: join(root, 'usr'), PYTHONPATH: join(root, 'usr/lib/python3/dist-packages') };
    const ask = 'import platform, MySQLdb, pymysql, django, cryptography; print(platform.python_version())';
    return tried({ command, args, env: { ...paths, ...pluginsOf(root) } }, '-c', ask);
  },
};

const PHP: Fetchable<Runtime> = {
  name: 'php',
  unpack: packages(['php-cli', 'php-mysql']),
  open(root) {
    const { command, args } = unpackedProgram(root, only(root, 'usr/bin', /^php\d+\.\d+$/));
    const extensions = ['mysqlnd', 'pdo', 'mysqli', 'pdo_mysql'].flatMap((name) => ['-d', `extension=${name}`]);
    const folder = only(root, 'usr/lib/php', /^\d{8}$/);
    const all = [...args, '-n', '-d', `extension_dir=${folder}`, ...extensions];
    return tried({ command, args: all, env: {} }, '-r', 'echo class_exists("mysqli") ? PHP_VERSION : "";');
  },
};

const RUBY: Fetchable<Runtime> = {
  name: 'ruby',
  unpack: packages(['ruby-mysql2']),
  open(root) {
    const { command, args } = unpackedProgram(root, only(root, 'usr/bin', /^ruby\d/));
    const [own, native] = [join(root, 'usr/lib/ruby'), join(architecture(root), 'ruby')];
    const version = readdirSync(own).find((name) => /^\d+\.\d+\.\d+$/.test(name)) ?? '';
    const folders = [join(own, 'vendor_ruby'), join(native, 'vendor_ruby', version), join(own, version)];
    const env = { RUBYLIB: [...folders, join(native, version)].join(delimiter), ...pluginsOf(root) };
    const all = [...args, '--disable-gems'];
    return tried({ command, args: all, env }, '-e', 'require "mysql2"; require "json"; puts RUBY_VERSION');
  },
};

const PERL: Fetchable<Runtime> = {
  name: 'perl',
  unpack: packages(['libdbd-mysql-perl', 'perl']),
  open(root) {
    const { command, args } = unpackedProgram(root, join(root, 'usr/bin/perl'));
    const [native, shared] = [architecture(root), join(root, 'usr/share')];
    const version = readdirSync(join(shared, 'perl')).find((name) => /^\d+\.\d+$/.test(name)) ?? '';
    const folders = [join(native, 'perl5', version), join(native, 'perl', version), join(shared, 'perl', version)];
    const all = [...folders, join(shared, 'perl5'), join(native, 'perl-base')];
    const env = { PERL5LIB: all.join(delimiter), ...pluginsOf(root) };
    return tried({ command, args, env }, '-e', 'use DBI; use DBD::mysql; use JSON::PP; printf "%vd", $^V');
  },
};

const GO_DRIVER = 'golang-github-go-sql-driver-mysql-dev';

/** The compiler and the driver's source; the version is the driver's. */
const GO: Fetchable<Runtime> = {
  name: 'go',
  unpack: packages(['golang-go', GO_DRIVER, 'golang-filippo-edwards25519-dev']),
  async open(root) {
    const goroot = only(root, 'usr/lib', /^go-\d/);
    const log = gunzipSync(readFileSync(join(root, 'usr/share/doc', GO_DRIVER, 'changelog.Debian.gz'))).toString();
    const driver = /\((\d+\.\d+\.\d+)/.exec(log)?.[1];
    if (driver === undefined) return undefined;
    return { version: driver, ...(await builtGoProgram(root, goroot, driver)) };
  },
};

/** Compiles the program in Go, which takes a second once the compiler has its cache. Nothing is asked of the network. */
async function builtGoProgram(root: string, goroot: string, driver: string): Promise<Omit<Runtime, 'version'>> {
  const folder = join(clientsFolder, 'go-program');
  const sources = join(root, 'usr/share/gocode/src');
  const [mysql, edwards] = ['github.com/go-sql-driver/mysql', 'filippo.io/edwards25519'];
  await mkdir(folder, { recursive: true });
  const edwardsModule = join(sources, edwards, 'go.mod');
  if (!existsSync(edwardsModule)) await writeFile(edwardsModule, `module ${edwards}\n\ngo 1.20\n`);
  const lines = [
    'module program',
    'go 1.21',
    `require ${mysql} v${driver}`,
    `require ${edwards} v1.1.0`,
    `replace ${mysql} => ${JSON.stringify(join(sources, mysql))}`,
    `replace ${edwards} => ${JSON.stringify(join(sources, edwards))}`,
  ];
  await writeFile(join(folder, 'go.mod'), `${lines.join('\n')}\n`);
  await writeFile(join(folder, 'main.go'), readFileSync(join(programs, 'go-sql-driver.go')));
  const offline = { GOPROXY: 'off', GOSUMDB: 'off', GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local', CGO_ENABLED: '0' };
  const env = { GOROOT: goroot, GOCACHE: join(folder, 'cache'), GOPATH: join(folder, 'path'), ...offline };
  const command = join(folder, 'program');
  await runCommand(join(goroot, 'bin/go'), ['build', '-C', folder, '-o', command, '.'], { env, timeout: 300_000 });
  return { command, args: [], env: {} };
}

/** The driver's archive; what runs it is the machine's own Java, since an unpacked one does not start. */
const JAVA: Fetchable<Runtime> = {
  name: 'java',
  unpack: packages(['libmariadb-java'], NEWEST),
  async open(root) {
    const archive = only(root, 'usr/share/java', /^mariadb-java-client-\d.*\.jar$/);
    const text = await runCommand('java', ['--version'], { timeout: 20_000 }).catch(() => '');
    const modules = await runCommand('java', ['--list-modules'], { timeout: 20_000 }).catch(() => '');
    if (Number(/ (\d+)\./.exec(text)?.[1] ?? 0) < 17 || !modules.includes('jdk.compiler')) {
      throw new Error('no Java development kit of version 17 or later (java on the PATH)');
    }
    const version = /client-(\d+\.\d+\.\d+)/.exec(archive)?.[1];
    const args = ['-XX:TieredStopAtLevel=1', '-cp', archive];
    return version === undefined ? undefined : { version, command: 'java', args, env: {} };
  },
};

/** A program for the command line is not run itself but by a script, which gets the command in DB_COMMAND. */
function commandLine(name: 'mysql' | 'mariadb', debian: readonly string[]): Fetchable<Runtime> {
  return {
    name: `${name}-cli`,
    unpack: packages([`${name}-client-core`], [...debian]),
    async open(root) {
      const { command, args } = unpackedProgram(root, join(root, 'usr/bin', name));
      const plugins = [join(architecture(root), 'libmariadb3/plugin'), join(root, 'usr/lib/mysql/plugin')];
      const folder = plugins.find((each) => existsSync(each)) ?? dirname(command);
      const all = [...args, '--no-defaults', `--plugin-dir=${folder}`];
      const question = { command, args: all, env: {} };
      const asked = name === 'mariadb' ? ['--help'] : ['--version'];
      const found = await tried(question, ...asked);
      const tls = {
        mysql: { plain: ['--ssl-mode=DISABLED', '--get-server-public-key'], secure: ['--ssl-mode=VERIFY_IDENTITY'] },
        mariadb: { plain: ['--skip-ssl'], secure: ['--ssl', '--ssl-verify-server-cert'] },
      }[name];
      const env = { DB_COMMAND: JSON.stringify({ command, args: all, ...tls }) };
      return found && { version: found.version, command: process.execPath, args: [], env };
    },
  };
}

/** npm's `mysql`, installed by npm; the others are here already. */
const NPM: Fetchable<Runtime> = {
  name: 'npm',
  async unpack(root) {
    const cli = process.env['npm_execpath'];
    const [command, first] = cli?.endsWith('.js') ? [process.execPath, [cli]] : ['npm', []];
    const args = ['install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', root, 'mysql@2'];
    await runCommand(command, [...first, ...args], { timeout: 120_000 });
  },
  async open(root) {
    const file = join(root, 'node_modules/mysql/package.json');
    const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
    return { version, command: process.execPath, args: [], env: { DB_MODULES: root } };
  },
};

const FETCHED = {
  python: PYTHON,
  php: PHP,
  ruby: RUBY,
  perl: PERL,
  go: GO,
  java: JAVA,
  npm: NPM,
  'mysql-cli': commandLine('mysql', NEWEST),
  'mariadb-cli': commandLine('mariadb', DEBIAN),
} as const;

export type RuntimeName = keyof typeof FETCHED | 'node';

const found = new Map<RuntimeName, Promise<Runtime>>();

/** The runtime, fetched now if it is not there. Rejects with why it cannot be had. */
export function runtimeOf(name: RuntimeName, suite: string | undefined): Promise<Runtime> {
  let runtime = found.get(name);
  if (!runtime) found.set(name, (runtime = find(name, suite)));
  return runtime;
}

async function find(name: RuntimeName, suite: string | undefined): Promise<Runtime> {
  if (name === 'node') return { version: process.versions.node, command: process.execPath, args: [], env: {} };
  if (name !== 'npm' && !canFetch()) throw new Error('no apt-get to fetch it with');
  return fetched(FETCHED[name], consoleProgress(name), {
    suite: name === 'npm' ? undefined : suite,
    cache: clientsFolder,
  });
}

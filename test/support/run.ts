/**
 * Runs the compiled tests: all of them, or those whose path contains one of the arguments. The test files share one
 * server of each kind. Proofs (`*.proof.ts`), which take long, run only if an argument matches. Exits with the tests'
 * exit code.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, constants, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { FileTime } from './file-time.js';
import { SERVER_KINDS, consoleProgress, endProgress, startServer } from './servers/index.js';
import type { ServerKind, TestServer } from './servers/index.js';
import { shareServer } from './servers/shared-variables.js';
import { isTestFile } from './test-file.js';

const root = join(__dirname, '..');

function testFiles(parts: readonly string[]): string[] {
  const isWanted =
    parts.length === 0
      ? (name: string) => name.endsWith('.test.js')
      : (name: string) => isTestFile(name) && parts.some((part) => name.includes(part));
  // The compiler does not delete its output when a source file is deleted.
  const hasSource = (name: string): boolean => existsSync(join(root, '../../test', name.replace(/\.js$/, '.ts')));
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => isWanted(name) && hasSource(name))
    .toSorted()
    .map((name) => relative(process.cwd(), join(root, name)));
}

async function start(kind: ServerKind): Promise<TestServer> {
  const progress = consoleProgress(kind);
  const began = performance.now();
  progress('starting');
  const server = await startServer(kind, { onProgress: progress });
  progress(
    `${server.version} on port ${server.port}, ready after ${((performance.now() - began) / 1000).toFixed(1)} s`,
  );
  return server;
}

// How long (ms) a test file may take, so that a test which hangs fails instead of blocking the run for ever. Runs with a
// given number of rounds (the variables below) may take an hour.
const isLongRun = ['MYSQLPOOL_MODEL_RUNS', 'MYSQLPOOL_FUZZ_RUNS'].some((name) => process.env[name] !== undefined);
const LONGEST_FILE = isLongRun ? 3_600_000 : 600_000;
// The runner ends a file that takes longer, but does not name the test that hangs: the file itself does, before that.
const HUNG_AFTER = LONGEST_FILE - 10_000;

// A test file spends about half of its time waiting (for servers, child processes, timers): two cores can run four at
// once. Test files do not disturb each other: each uses its own databases and accounts on the shared servers, and
// starts its own server if it changes global variables or stops the server.
const AT_ONCE = 2 * availableParallelism();

/** Whether to print which test files took the most CPU time. */
const isTimed = Boolean(process.env['MYSQLPOOL_TEST_TIMES']);
const MOST_TOLD = 40;

/** Runs the tests in a child process and forwards signals to it, so that the tests end before their servers do. */
function runTests(files: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const limit = `--test-timeout=${LONGEST_FILE}`;
    const preloaded = ['hung-tests.js', ...(isTimed ? ['file-time.js'] : [])];
    const preload = preloaded.flatMap((name) => ['--require', join(__dirname, name)]);
    const how = ['--test', '--test-reporter=spec', `--test-concurrency=${AT_ONCE}`, limit];
    const args = ['--enable-source-maps', ...preload, ...how, ...files];
    const child = spawn(process.execPath, args, {
      stdio: 'inherit',
      env: { ...env, MYSQLPOOL_TEST_HUNG_AFTER: String(HUNG_AFTER) },
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}

/** Prints the test files that took the most CPU time, child processes included, and the total of all files. */
function tellTimes(journal: string): void {
  const lines = readFileSync(journal, 'utf8').trimEnd().split('\n');
  const times = lines.map((line) => JSON.parse(line) as FileTime).toSorted((one, other) => other.cpu - one.cpu);
  const tell = (cpu: number, wall: number, what: string): void =>
    console.log(`${cpu.toFixed(1).padStart(8)} s CPU ${wall.toFixed(1).padStart(8)} s  ${what}`);
  for (const { file, cpu, wall } of times.slice(0, MOST_TOLD)) tell(cpu, wall, relative(root, file));
  const sum = (of: 'cpu' | 'wall'): number => times.reduce((all, time) => all + time[of], 0);
  tell(sum('cpu'), sum('wall'), `${times.length} files, without the servers that they share`);
}

async function timed(work: (env: NodeJS.ProcessEnv) => Promise<number>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'mysqlpool-times-'));
  const journal = join(folder, 'journal');
  try {
    const code = await work({ MYSQLPOOL_TEST_JOURNAL: journal });
    tellTimes(journal);
    return code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<number> {
  const files = testFiles(process.argv.slice(2));
  if (files.length === 0) throw new Error(`no test file whose path contains ${process.argv.slice(2).join(' or ')}`);
  const started = await Promise.allSettled(SERVER_KINDS.map(start));
  endProgress();
  const servers = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  try {
    const failure = started.find((result) => result.status === 'rejected');
    if (failure) throw failure.reason;
    const run = (more: NodeJS.ProcessEnv): Promise<number> =>
      runTests(files, Object.assign({}, process.env, more, ...servers.map(shareServer)));
    return isTimed ? await timed(run) : await run({});
  } finally {
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);

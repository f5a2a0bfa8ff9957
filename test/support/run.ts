/**
 * Runs the compiled tests, all of them or those whose path contains one of the arguments, with one server of each kind
 * shared between them. Ends with the tests' exit code.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join, relative } from 'node:path';
import { SERVER_KINDS, consoleProgress, endProgress, startServer } from './servers/index.js';
import type { ServerKind, TestServer } from './servers/index.js';
import { shareServer } from './servers/shared-variables.js';

const root = join(__dirname, '..');

function testFiles(parts: readonly string[]): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.js') && (parts.length === 0 || parts.some((part) => name.includes(part))))
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

// In ms. A test that waits for what never comes fails then, rather than holding up all the others for ever. The long runs
// that are asked for by a number of runs have an hour.
const isLongRun = ['MYSQLPOOL_MODEL_RUNS', 'MYSQLPOOL_FUZZ_RUNS'].some((name) => process.env[name] !== undefined);
const LONGEST_FILE = isLongRun ? 3_600_000 : 300_000;

/** Runs the tests in a process of their own and passes signals on, so that they end before their servers do. */
function runTests(files: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const limit = `--test-timeout=${LONGEST_FILE}`;
    const args = ['--enable-source-maps', '--test', '--test-reporter=spec', limit, ...files];
    const child = spawn(process.execPath, args, { stdio: 'inherit', env });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
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
    return await runTests(files, Object.assign({}, process.env, ...servers.map(shareServer)));
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

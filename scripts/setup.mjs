import { spawn } from 'node:child_process';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writePageAssets } from './assets.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs a command in the repository with our stdin and stdout, forwards signals, and resolves with the exit code. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
    const pass = (signal) => child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, pass);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      for (const each of signals) process.off(each, pass);
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}

/** Like `run`, but ends this process if the command fails. */
export async function mustRun(command, args, options) {
  const code = await run(command, args, options);
  if (code !== 0) process.exit(code);
}

// stdout is reserved for the result of the script, which may be JSON.
const toStderr = { stdio: ['inherit', 2, 'inherit'] };

/** Installs the packages if they are missing or older than package.json or the lock file. */
export async function installPackages() {
  const stamp = join(root, 'node_modules', '.mysqlpool-installed');
  const wanted = ['package.json', 'package-lock.json']
    .map((name) => join(root, name))
    .filter((file) => existsSync(file));
  const installed = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
  if (wanted.every((file) => statSync(file).mtimeMs <= installed)) return;
  // Installs by the lock file without writing it, since each npm version adds or drops other fields. Install scripts
  // are not run: no package needs them, and one would try to compile.
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
  // npm passes its own path to the scripts that it runs; without it, npm is searched on the PATH.
  const npm = process.env.npm_execpath;
  if (npm?.endsWith('.js')) await mustRun(process.execPath, [npm, ...args], toStderr);
  else await mustRun('npm', args, { ...toStderr, shell: process.platform === 'win32' });
  writeFileSync(stamp, '');
}

/**
 * Compiles a TypeScript project of this repository, those it references, and the monitor's page, which is a separate
 * project since it runs in a browser. In one thread: with several, TypeScript 7.0 may crash.
 */
export async function compile(project) {
  await typescript('-b', project, 'src/monitor/page');
  writePageAssets();
}

function typescript(...args) {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  return mustRun(process.execPath, [tsc, ...args, '--singleThreaded'], toStderr);
}

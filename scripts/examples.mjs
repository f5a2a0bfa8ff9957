// npm run examples -- [--no-setup] [--server mariadb|mysql] [name of an example ...]
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { compile, installPackages, root } from './setup.mjs';

// In ms. Some examples install the ORM that they show when they are run first.
const LONGEST = 300_000;

const { kind, names, isSetUp } = readArguments(process.argv.slice(2));
if (!isSetUp) await installPackages();
await compile('test/support');
const { consoleProgress, endProgress, freshDatabase, startServer } = createRequire(import.meta.url)(
  join(root, '.build/test/support/servers/index.js'),
);

const progress = consoleProgress(kind);
const server = await startServer(kind, { onProgress: progress });
endProgress();
let failed = 0;
try {
  for (const name of names) if (!(await runExample(name))) failed++;
} finally {
  await server[Symbol.asyncDispose]();
}
if (failed > 0) console.log(`${failed} of ${names.length} examples failed`);
process.exitCode = failed > 0 ? 1 : 0;

function readArguments(args) {
  const names = [];
  let kind = 'mariadb';
  for (let i = 0; i < args.length; i++) {
    if (args[i] === '--server') kind = args[++i];
    else if (args[i] !== '--no-setup') names.push(args[i]);
  }
  const all = readdirSync(join(root, 'examples')).filter((name) => existsSync(fileOf(name)));
  const unknown = names.filter((name) => !all.includes(name));
  if (unknown.length > 0) fail(`no example ${unknown.join(', ')}; there are ${all.join(', ')}`);
  if (kind !== 'mariadb' && kind !== 'mysql') fail(`--server: expected mariadb or mysql, got ${kind}`);
  return { kind, names: names.length > 0 ? names : all, isSetUp: args.includes('--no-setup') };
}

function fileOf(name) {
  return join(root, 'examples', name, 'index.mjs');
}

function fail(text) {
  console.error(text);
  process.exit(1);
}

/** Runs an example on a new database and prints its result line; its other output is shown only if it fails. */
async function runExample(name) {
  const database = await freshDatabase(server);
  try {
    const { code, out, err } = await runChild(fileOf(name), database.url);
    const lines = out.split('\n').filter((line) => line !== '');
    const isGood = code === 0 && lines.length === 1 && lines[0].endsWith('ok');
    console.log(
      isGood ? lines[0] : `${name}: FAILED (${code === null ? 'stopped' : `exit code ${code}`})\n${out}${err}`,
    );
    return isGood;
  } finally {
    await database[Symbol.asyncDispose]();
  }
}

function runChild(file, url) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, url], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST);
    const said = { out: '', err: '' };
    child.stdout.on('data', (text) => (said.out += text));
    child.stderr.on('data', (text) => (said.err += text));
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, ...said });
    });
  });
}

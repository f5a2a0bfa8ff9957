// Installs the Prisma of manifest.json and generates the client of a schema, once, out of the way of the repository:
// node project.mjs <folder with a schema.prisma>   prints where the client is.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const cache = join(here, '../../.build/prisma');
// Not named package.json: with one of its own this folder would not find the library by its name.
const manifest = join(here, 'manifest.json');

/** The folder of the generated client. */
export function prismaClient(folder) {
  const schema = readFileSync(join(folder, 'schema.prisma'));
  const installation = join(cache, hash(readFileSync(manifest)));
  const project = join(installation, hash(schema));
  prepare(installation, (draft) => {
    cpSync(manifest, join(draft, 'package.json'));
    run(draft, 'npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error']);
  });
  prepare(project, (draft) => {
    cpSync(join(folder, 'schema.prisma'), join(draft, 'schema.prisma'));
    // Generating needs no engine, but Prisma would fetch one: any program will do in its place.
    const env = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1', CI: '1' };
    const cli = join(installation, 'node_modules/prisma/build/index.js');
    run(draft, process.execPath, [cli, 'generate', '--schema', 'schema.prisma'], env);
  });
  return join(project, 'client');
}

const hash = (content) => createHash('sha256').update(content).digest('hex').slice(0, 12);

/** Whole or not at all: a folder that is there is finished. */
function prepare(folder, make) {
  if (existsSync(folder)) return;
  const draft = `${folder}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  try {
    make(draft);
    if (!existsSync(folder)) renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function run(cwd, file, args, env = {}) {
  const shell = process.platform === 'win32' && file === 'npm';
  execFileSync(file, args, { cwd, shell, env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(prismaClient(resolve(process.argv[2] ?? here)));
}

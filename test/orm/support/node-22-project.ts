import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(__dirname, '../../../..');
const MOST_OUTPUT = 10_000_000;

/**
 * Makes a separate project below .build/, for packages that require a newer Node than we do, with the built library and
 * these tests in it. Packages are installed once.
 */
export async function node22Project(name: string, dependencies: Readonly<Record<string, string>>): Promise<string> {
  // With its own package.json: otherwise its files would belong to our package, and import the library by
  // self-reference.
  const manifest = JSON.stringify({ private: true, type: 'commonjs', dependencies });
  const folder = join(root, '.build', name, createHash('sha256').update(manifest).digest('hex').slice(0, 12));
  await install(folder, manifest);
  // The library is copied: through a link, it would resolve its dependencies in the repository.
  const library = join(folder, 'node_modules/node-mysqlpool');
  for (const part of ['dist', 'package.json']) await copyAnew(join(root, part), join(library, part));
  for (const part of ['support', 'orm', 'fleet']) await copyAnew(join(root, '.build/test', part), join(folder, part));
  return folder;
}

async function copyAnew(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await cp(from, to, { recursive: true });
}

async function install(folder: string, manifest: string): Promise<void> {
  if (existsSync(folder)) return;
  const draft = `${folder}.${process.pid}`;
  await mkdir(draft, { recursive: true });
  await writeFile(join(draft, 'package.json'), manifest);
  const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel', 'error'];
  await run('npm', ['install', ...quietly], { cwd: draft, maxBuffer: MOST_OUTPUT });
  // The folder is renamed last: if it exists, it is complete.
  await rename(draft, folder).catch(() => rm(draft, { recursive: true, force: true }));
}

/**
 * Runs test files of a project on Node 22. Resolves with how many tests passed; rejects with the output if any failed.
 */
export async function runOnNode22(folder: string, files: readonly string[]): Promise<number> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { stdout: node } = await run('npx', ['-y', 'node@22', '-p', 'process.execPath'], { cwd: folder, env });
  const args = ['--enable-source-maps', '--test', '--test-reporter=tap', ...files];
  const output = await run(node.trim(), args, { cwd: folder, env, maxBuffer: MOST_OUTPUT }).then(
    ({ stdout }) => stdout,
    (error: Error & { stdout?: string }) => {
      throw new Error(`${error.message}\n${error.stdout}`);
    },
  );
  return Number(/^# pass (\d+)$/m.exec(output)?.[1]);
}

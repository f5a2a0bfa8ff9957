import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../../..');
const manifest = join(root, 'test/register/project/manifest.json');

/** The folder of a project with packages of all ages, and the applications in it; the first call installs it. */
export function oldProject(): string {
  const hash = createHash('sha256').update(readFileSync(manifest)).digest('hex').slice(0, 12);
  const folder = join(root, '.build/register', hash);
  if (!existsSync(folder)) install(folder);
  cpSync(join(root, 'test/register/apps'), join(folder, 'apps'), { recursive: true });
  return folder;
}

/** Another test file may have been faster. */
function moveTo(folder: string, draft: string): void {
  try {
    renameSync(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

/** Whole or not at all: a folder that is there is finished. */
function install(folder: string): void {
  const draft = `${folder}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  try {
    cpSync(manifest, join(draft, 'package.json'));
    const args = [
      'install',
      '--ignore-scripts',
      '--legacy-peer-deps',
      '--no-audit',
      '--no-fund',
      '--loglevel',
      'error',
    ];
    execFileSync('npm', args, { cwd: draft, shell: process.platform === 'win32', stdio: 'pipe' });
    symlinkSync(root, join(draft, 'node_modules/node-mysqlpool'), 'junction');
    moveTo(folder, draft);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

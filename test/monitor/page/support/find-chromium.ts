import { access, constants, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';
import { cacheFolder } from '#support/servers/cache-folder.js';
import { withFileLock } from '#support/servers/file-lock.js';
import { consoleProgress, endProgress } from '#support/servers/index.js';
import { runCommand } from '#support/servers/run-command.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

// In ms; together less than the time limit of a test file.
const LISTS_LIMIT = 60_000;
const INSTALL_LIMIT = 180_000;

/**
 * Finds a browser for the tests of the page: at `CHROMIUM_PATH`, an installed one, or one that playwright has fetched.
 * On Debian, when run as root and there is none, the distribution's package is installed.
 */
export async function findChromium(): Promise<string> {
  const named = process.env['CHROMIUM_PATH'];
  if (named !== undefined && named !== '') {
    if (await isProgram(named)) return named;
    throw new Error(`CHROMIUM_PATH: there is no program ${named}`);
  }
  const found = await installed();
  if (found !== undefined) return found;
  const reason = await whyNotInstall();
  if (reason === undefined) {
    await withFileLock(join(cacheFolder, 'chromium.lock'), install);
    const fresh = await installed();
    if (fresh !== undefined) return fresh;
  }
  throw new Error(
    `No Chromium to be had: install the package "chromium", or set CHROMIUM_PATH (${reason ?? 'the package has none'})`,
  );
}

async function installed(): Promise<string | undefined> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = [
    '/usr/bin/chromium',
    ...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))),
    chromium.executablePath(),
  ];
  for (const candidate of candidates) if (await isProgram(candidate)) return candidate;
  return undefined;
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function whyNotInstall(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'only root could install it now';
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^ID(_LIKE)?="?.*\bdebian\b/m.test(release) ? undefined : 'this is no Debian';
}

/** Installs the package. If several test files call this, the first one installs; the others wait for it. */
async function install(): Promise<void> {
  if ((await installed()) !== undefined) return;
  const progress = consoleProgress('chromium');
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  try {
    progress('installing the package');
    await runCommand('apt-get', ['update'], { env, timeout: LISTS_LIMIT });
    const args = ['install', '-y', '--no-install-recommends', 'chromium'];
    await runCommand('apt-get', args, { env, timeout: INSTALL_LIMIT });
  } catch (error) {
    const reason = (error as Error).message.replaceAll(/\s+/g, ' ');
    throw new Error(`No Chromium to be had: install the package "chromium", or set CHROMIUM_PATH (${reason})`, {
      cause: error,
    });
  } finally {
    endProgress();
  }
}

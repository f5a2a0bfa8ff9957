import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './is-alive.js';

const POLL_MS = 100;
const GIVE_UP_MS = 10 * 60_000;

let holds = 0;

/**
 * Runs a task that only one process at a time may run, guarded by a lock file with the holder's process id. The lock of
 * a dead process is taken over. Waits up to 10 minutes for the lock.
 */
export async function withFileLock<T>(path: string, task: () => Promise<T>, onWait?: () => void): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const mine = `${path}.${process.pid}.${++holds}`;
  await writeFile(mine, String(process.pid));
  try {
    await takeLock(path, mine, onWait);
    try {
      return await task();
    } finally {
      await rm(path, { force: true });
    }
  } finally {
    await rm(mine, { force: true });
  }
}

async function takeLock(path: string, mine: string, onWait?: () => void): Promise<void> {
  for (let waited = 0; waited < GIVE_UP_MS; waited += POLL_MS) {
    try {
      // Unlike an exclusive create, a link appears together with its content: no process can read an empty lock file.
      await link(mine, path);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (await holderIsDead(path)) {
      // Several processes may see that the holder is dead: only one of them can rename its lock file.
      await rename(path, `${mine}.stale`).catch(() => {});
      await rm(`${mine}.stale`, { force: true });
      continue;
    }
    if (waited === 0) onWait?.();
    await sleep(POLL_MS);
  }
  throw new Error(`${path} is held by another process for too long; delete it if that process is gone`);
}

async function holderIsDead(path: string): Promise<boolean> {
  const holder = Number(await readFile(path, 'utf8').catch(() => ''));
  return holder > 0 && !isAlive(holder);
}

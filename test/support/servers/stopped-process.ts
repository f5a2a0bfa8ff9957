import { readdir, readFile } from 'node:fs/promises';

/** Whether every thread of a process has stopped. Where the system does not tell, as outside of Linux, it is assumed. */
export async function isStopped(pid: number): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const states = await Promise.all(
    // The state follows the name, which stands in brackets and may itself hold anything.
    threads.map((thread) =>
      readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').then((stat) => stat[stat.lastIndexOf(')') + 2]),
    ),
  );
  return states.every((state) => state === 'T' || state === 't');
}

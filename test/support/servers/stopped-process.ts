import { readdir, readFile } from 'node:fs/promises';

/** Whether every thread of a process has stopped. Always true where there is no /proc, as outside of Linux. */
export async function isStopped(pid: number): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const states = await Promise.all(
    // The state is the field after the name, which is in parentheses and may itself contain parentheses.
    threads.map((thread) =>
      readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').then((stat) => stat[stat.lastIndexOf(')') + 2]),
    ),
  );
  return states.every((state) => state === 'T' || state === 't');
}

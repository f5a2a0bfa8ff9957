import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { Absent } from '../bench.js';

// Debian's interpreter first, since only that one finds Debian's packages.
const INTERPRETERS = ['/usr/bin/python3', 'python3'];
const SCRIPT = join(__dirname, '..', '..', '..', 'bench', 'queue_pool.py');
const NOT_INSTALLED = 3;

/** How many loans a sample has made, and the time they took (ms). */
export interface Done {
  readonly done: number;
  readonly cpu: number;
  readonly wall: number;
}

/** Runs a sample with SQLAlchemy's QueuePool in a Python process. @throws Absent if SQLAlchemy is not installed */
export async function askSqlalchemy(request: object): Promise<Done> {
  for (const interpreter of INTERPRETERS) {
    const answer = await ask(interpreter, JSON.stringify(request));
    if (answer !== undefined) return JSON.parse(answer) as Done;
  }
  throw new Absent('not here');
}

function ask(interpreter: string, request: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    execFile(interpreter, [SCRIPT, request], (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (error.code === NOT_INSTALLED || error.code === ('ENOENT' as never)) resolve(undefined);
      else reject(new Error(`queue_pool.py: ${stderr.trim().split('\n').at(-1)}`));
    });
  });
}

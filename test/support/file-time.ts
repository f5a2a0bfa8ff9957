/**
 * Loaded first by every test file of a run with MYSQLPOOL_TEST_TIMES: notes at the file's end what it has taken, with the
 * processes that it started and waited for.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** What one file has taken, in seconds. */
export interface FileTime {
  readonly file: string;
  readonly wall: number;
  readonly cpu: number;
}

// Of the kernel's clock in /proc, per second.
const TICKS = 100;
const OWN_STATUS = '/proc/self/stat';

function cpuTime(): number {
  // Node counts its own process only; where there is no /proc, that has to do.
  if (!existsSync(OWN_STATUS)) {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  }
  const text = readFileSync(OWN_STATUS, 'utf8');
  // After the name, which may contain blanks, user and system time are the 12th and 13th, those of children the next two.
  const figures = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return figures.slice(11, 15).reduce((sum, each) => sum + Number(each) / TICKS, 0);
}

const { MYSQLPOOL_TEST_JOURNAL: journal, NODE_TEST_CONTEXT: context } = process.env;
const file = process.argv[1] ?? '';
// The process that starts the files has their names as arguments as well, but no context.
if (journal !== undefined && context !== undefined && /\.(?:test|proof)\.js$/.test(file)) {
  process.on('exit', () => {
    const time: FileTime = { file, wall: process.uptime(), cpu: cpuTime() };
    appendFileSync(journal, `${JSON.stringify(time)}\n`);
  });
}

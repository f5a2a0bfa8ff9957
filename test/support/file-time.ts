/**
 * Preloaded into the process of every test file when MYSQLPOOL_TEST_TIMES is set: when the process exits, it records
 * the time that the file has taken, including the child processes that it has waited for.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { ownTestFile } from './test-file.js';

/** What one file has taken, in seconds. */
export interface FileTime {
  readonly file: string;
  readonly wall: number;
  readonly cpu: number;
}

// The unit of the CPU times in /proc: clock ticks per second.
const TICKS = 100;
const OWN_STATUS = '/proc/self/stat';

function cpuTime(): number {
  // Without /proc the time of child processes is missing: Node counts that of its own process only.
  if (!existsSync(OWN_STATUS)) {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  }
  const text = readFileSync(OWN_STATUS, 'utf8');
  // The fields after the process name, which may contain blanks: user and system time are the 12th and the 13th of
  // them, those of the children the 14th and the 15th.
  const figures = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return figures.slice(11, 15).reduce((sum, each) => sum + Number(each) / TICKS, 0);
}

const { MYSQLPOOL_TEST_JOURNAL: journal } = process.env;
const file = ownTestFile();
// The process of the test runner preloads this too.
if (journal !== undefined && file !== undefined) {
  process.on('exit', () => {
    const time: FileTime = { file, wall: process.uptime(), cpu: cpuTime() };
    appendFileSync(journal, `${JSON.stringify(time)}\n`);
  });
}

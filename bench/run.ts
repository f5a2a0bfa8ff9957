/** Runs benchmarks from the command line: rows go to stdout, everything else to stderr. */
import { read, USAGE, UsageError } from './arguments.js';
import { jsonLines, tables } from './report.js';
import { take } from './sampling.js';

/** On a terminal a line that counts; elsewhere a line for each tenth. */
function progressOf(name: string): (done: number, all: number) => void {
  let told = -1;
  return (done, all) => {
    if (process.stderr.isTTY) {
      process.stderr.write(done < all ? `\r${name}: sample ${done + 1} of ${all} ` : '\r\x1b[K');
      return;
    }
    const tenth = Math.floor((10 * done) / all);
    if (tenth > told) process.stderr.write(`${name}: ${done} of ${all} samples\n`);
    told = Math.max(told, tenth);
  };
}

async function main(args: readonly string[]): Promise<void> {
  const { help, json, plans } = read(args);
  if (help) process.stdout.write(USAGE);
  for (const plan of plans) {
    const rows = await take(plan, progressOf(plan.bench.name));
    process.stdout.write(json ? `${jsonLines(rows)}\n` : `${tables(plan.bench, rows)}\n`);
  }
}

// `npm run bench | head` may stop reading early.
process.stdout.on('error', () => process.exit());
main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  if (error instanceof UsageError) process.stderr.write('npm run bench -- --help shows the options\n');
  process.exitCode = 1;
});

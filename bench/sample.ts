/** Takes one sample and ends: the child process that `sampling.ts` starts. The figures go back as a message. */
import { Absent, type Effort } from './bench.js';
import { BENCHES } from './benches.js';
import type { Report } from './sampling.js';

async function take(name: string, subject: string, caseName: string, effort: Effort, url: string): Promise<Report> {
  const bench = BENCHES.find((known) => known.name === name)!;
  try {
    return { figures: await bench.sample(subject, caseName, effort, url) };
  } catch (error) {
    if (error instanceof Absent) return { absent: error.message };
    throw error;
  }
}

async function main(url: string): Promise<void> {
  const [bench, subject, caseName, effort] = process.argv.slice(2) as [string, string, string, string];
  const report = await take(bench, subject, caseName, JSON.parse(effort) as Effort, url);
  process.send!(report, () => process.exit());
}

// Nobody is left to hear the result.
process.on('disconnect', () => process.exit(1));
process.once('message', (url) => {
  main(url as string).catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
});

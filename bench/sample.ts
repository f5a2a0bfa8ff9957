/** Takes one sample and ends: the child process that `sampling.ts` starts. The figures go back as a message. */
import type { Effort } from './bench.js';
import { BENCHES } from './benches.js';
import { SUBJECTS } from './subjects/index.js';

async function main(name: string, subject: string, caseName: string, effort: Effort): Promise<void> {
  const bench = BENCHES.find((known) => known.name === name)!;
  const figures = await bench.sample(SUBJECTS[subject]!, caseName, effort);
  process.send!(figures, () => process.exit());
}

// Nobody is left to hear the result.
process.on('disconnect', () => process.exit(1));
const [bench, subject, caseName, effort] = process.argv.slice(2) as [string, string, string, string];
main(bench, subject, caseName, JSON.parse(effort) as Effort).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});

/**
 * The child process that `sampling.ts` starts: takes one sample, or slices of one on request, sends the figures as
 * messages and exits.
 */
import { Absent, type Bench, type Effort, type Slices } from './bench.js';
import type { Report } from './child.js';

type Sampled = readonly [name: string, subject: string, caseName: string, effort: Effort, url: string];

async function take([name, subject, caseName, effort, url]: Sampled): Promise<Report> {
  // Only this benchmark is loaded: others may need parts of the library that another commit does not have.
  const { [name]: bench } = (await import(`./${name}.js`)) as Record<string, Bench>;
  if (bench === undefined) throw new Error(`${name}.js has no benchmark of that name`);
  try {
    if ('sample' in bench) return { figures: await bench.sample(subject, caseName, effort, url) };
    slices = await bench.slices(subject, caseName, effort, url);
    return { slices: slices.count };
  } catch (error) {
    if (error instanceof Absent) return { absent: error.message };
    throw error;
  }
}

let slices: Slices | undefined;

async function answer(work: () => Promise<Report>): Promise<void> {
  try {
    process.send!(await work());
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  }
}

// The parent process has ended, or wants no more slices.
process.on('disconnect', () => process.exit());
process.once('message', (url) => {
  const [bench, subject, caseName, effort] = process.argv.slice(2) as [string, string, string, string];
  process.on('message', () => void answer(async () => ({ figures: await slices!.take() })));
  void answer(() => take([bench, subject, caseName, JSON.parse(effort) as Effort, url as string]));
});

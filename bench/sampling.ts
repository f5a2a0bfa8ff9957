import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Bench, Effort, Figure } from './bench.js';

/** What was measured of one pool in one case, in one unit. */
export interface Row {
  readonly bench: string;
  readonly subject: string;
  readonly caseName: string;
  readonly unit: string;
  /** One value a run. */
  readonly values: number[];
}

export interface Plan {
  readonly bench: Bench;
  readonly subjects: readonly string[];
  readonly cases: readonly string[];
  readonly runs: number;
  readonly effort: Effort;
}

// A sample takes seconds; one that takes this long hangs.
const LONGEST = 180_000;

/** Takes one sample in a process of its own, so that no pool runs on code or a heap that another one has shaped. */
function sampleOf(bench: string, subject: string, caseName: string, effort: Effort): Promise<Figure[]> {
  return new Promise((resolve, reject) => {
    const args = [bench, subject, caseName, JSON.stringify(effort)];
    const child = fork(join(__dirname, 'sample.js'), args, { silent: true, timeout: LONGEST, killSignal: 'SIGKILL' });
    let figures: Figure[] | undefined;
    let complaint = '';
    child.on('message', (message) => (figures = message as Figure[]));
    child.stderr!.on('data', (text: Buffer) => (complaint += text.toString()));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (figures !== undefined) resolve(figures);
      else {
        const why =
          complaint.trim().split('\n').slice(-5).join('\n') ||
          (signal === null ? `exit code ${code}` : `stopped by ${signal}`);
        reject(new Error(`${bench}, ${subject}, ${caseName}: ${why}`));
      }
    });
  });
}

/**
 * Takes all samples of a benchmark, one after the other. Each run goes once through all pools, beginning with another
 * one each time, so that what else the machine does falls on all of them alike.
 */
export async function take(plan: Plan, progress: (done: number, all: number) => void): Promise<Row[]> {
  const { bench, subjects, cases, runs, effort } = plan;
  const rows = new Map<string, Row>();
  const all = runs * cases.length * subjects.length;
  let done = 0;
  for (let run = 0; run < runs; run++) {
    for (const caseName of cases) {
      for (let i = 0; i < subjects.length; i++) {
        progress(done++, all);
        const subject = subjects[(run + i) % subjects.length]!;
        for (const { value, unit } of await sampleOf(bench.name, subject, caseName, effort)) {
          const key = JSON.stringify([caseName, unit, subject]);
          if (!rows.has(key)) rows.set(key, { bench: bench.name, subject, caseName, unit, values: [] });
          rows.get(key)!.values.push(value);
        }
      }
    }
  }
  progress(all, all);
  return inOrder(plan, [...rows.values()]);
}

/** By case, unit and pool, in the order in which the benchmark names them. */
function inOrder({ cases, subjects }: Plan, rows: Row[]): Row[] {
  const units = [...new Set(rows.map((row) => row.unit))];
  const rank = (row: Row): number =>
    (cases.indexOf(row.caseName) * units.length + units.indexOf(row.unit)) * subjects.length +
    subjects.indexOf(row.subject);
  return rows.toSorted((a, b) => rank(a) - rank(b));
}

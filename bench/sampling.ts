import { fork } from 'node:child_process';
import { join } from 'node:path';
import {
  consoleProgress,
  freshDatabase,
  startServer,
  type FreshDatabase,
  type ServerKind,
  type TestServer,
} from '#support/servers/index.js';
import { serverFromVariables } from '#support/servers/shared-variables.js';
import type { Bench, Effort, Figure } from './bench.js';
import { hasFigure, type Row } from './results.js';
import { OURS } from './subjects/index.js';

export interface Plan {
  readonly bench: Bench;
  readonly subjects: readonly string[];
  readonly cases: readonly string[];
  readonly runs: number;
  readonly effort: Effort;
  /** Subjects that are ours in another state: where the benchmarks beside it are. */
  readonly others?: ReadonlyMap<string, string>;
}

/** What the child process sends back: figures, or why there are none. */
export type Report = { readonly figures: readonly Figure[] } | { readonly absent: string };

// A sample takes seconds; one that takes this long hangs.
const LONGEST = 180_000;

/** Takes one sample in a process of its own, so that no pool runs on code or a heap that another one has shaped. */
function sampleOf(plan: Plan, subject: string, caseName: string, url: string): Promise<Report> {
  const other = plan.others?.get(subject);
  return new Promise((resolve, reject) => {
    const args = [plan.bench.name, other === undefined ? subject : OURS, caseName, JSON.stringify(plan.effort)];
    const file = join(other ?? __dirname, 'sample.js');
    const child = fork(file, args, { silent: true, timeout: LONGEST, killSignal: 'SIGKILL' });
    let report: Report | undefined;
    let complaint = '';
    child.on('message', (message) => (report = message as Report));
    child.stderr!.on('data', (text: Buffer) => (complaint += text.toString()));
    child.on('error', reject);
    // It has a password in it, which is nothing for a command line.
    child.send(url);
    child.on('close', (code, signal) => {
      if (report !== undefined) resolve(report);
      else {
        const why =
          complaint.trim().split('\n').slice(-5).join('\n') ||
          (signal === null ? `exit code ${code}` : `stopped by ${signal}`);
        reject(new Error(`${plan.bench.name}, ${subject}, ${caseName}: ${why}`));
      }
    });
  });
}

interface Started {
  readonly server: TestServer;
  readonly database: FreshDatabase;
}

/** The real servers that benchmarks have asked for: each is started once, when it is first needed. */
export class Servers implements AsyncDisposable {
  readonly #started = new Map<ServerKind, Promise<Started>>();

  /** Where an empty database is. */
  async url(kind: ServerKind | undefined): Promise<string> {
    if (kind === undefined) return '';
    const started = this.#started.get(kind) ?? start(kind);
    this.#started.set(kind, started);
    return (await started).database.url;
  }

  /** What was started, by name. */
  async versions(): Promise<string[]> {
    const all = await Promise.all(this.#started.values());
    return all.map(({ server }) => `${server.kind === 'mysql' ? 'MySQL' : 'MariaDB'} ${server.version.split('-')[0]}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const started of await Promise.allSettled(this.#started.values())) {
      if (started.status === 'rejected') continue;
      const { server, database } = started.value;
      await database[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    }
  }
}

async function start(kind: ServerKind): Promise<Started> {
  const server = serverFromVariables(kind) ?? (await startServer(kind, { onProgress: consoleProgress(kind) }));
  return { server, database: await freshDatabase(server) };
}

/**
 * Takes all samples of a benchmark, one after the other. Each run goes once through all pools, beginning with another
 * one each time, so that what else the machine does falls on all of them alike.
 */
export async function take(
  plan: Plan,
  servers: Servers,
  progress: (done: number, all: number) => void,
): Promise<Row[]> {
  const { bench, subjects, cases, runs } = plan;
  const rows = emptyRows(plan);
  const all = runs * cases.length * subjects.length;
  let done = 0;
  for (let run = 0; run < runs; run++) {
    for (const caseName of cases) {
      const url = await servers.url(bench.serverOf?.(caseName));
      for (let i = 0; i < subjects.length; i++) {
        progress(done++, all);
        const subject = subjects[(run + i) % subjects.length]!;
        const places = rows.filter((row) => row.caseName === caseName && row.subject === subject);
        // Asking again would give the same answer.
        if (places.some(({ absent }) => absent !== undefined)) continue;
        keep(places, await sampleOf(plan, subject, caseName, url));
      }
    }
  }
  progress(all, all);
  return rows.filter((row) => hasFigure(row) || row.absent !== undefined);
}

interface Place extends Row {
  absent?: string;
}

/** By case, unit and pool, in the order in which the benchmark names them. */
function emptyRows({ bench, cases, subjects }: Plan): Place[] {
  return cases.flatMap((caseName) =>
    bench.measures.flatMap(({ unit }) =>
      subjects.map((subject): Place => ({ bench: bench.name, subject, caseName, unit, values: [] })),
    ),
  );
}

function keep(places: readonly Place[], report: Report): void {
  if ('absent' in report) for (const place of places) place.absent = report.absent;
  else for (const { value, unit } of report.figures) places.find((place) => place.unit === unit)!.values.push(value);
}

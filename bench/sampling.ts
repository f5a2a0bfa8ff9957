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
import { SampleProcess, type Report } from './child.js';
import { hasFigure, type Row } from './results.js';

export interface Plan {
  readonly bench: Bench;
  readonly subjects: readonly string[];
  readonly cases: readonly string[];
  readonly runs: number;
  readonly effort: Effort;
  /** Subjects that are our pool at other commits: the folder of the compiled benchmarks of each, by subject. */
  readonly others?: ReadonlyMap<string, string>;
  /** The program that runs the samples. @default the running Node */
  readonly program?: string;
}

/** Takes one sample in a process of its own. */
async function sampleOf(plan: Plan, subject: string, caseName: string, url: string): Promise<Report> {
  using child = new SampleProcess(plan, subject, caseName);
  return await child.ask(url);
}

/**
 * Takes one sample of each subject, in slices that take turns: other load on the machine that lasts longer than a slice
 * affects all subjects alike.
 */
async function sampleBySlices(
  plan: Plan,
  subjects: readonly string[],
  caseName: string,
  url: string,
): Promise<Map<string, Report>> {
  const children = subjects.map((subject) => ({
    subject,
    process: new SampleProcess(plan, subject, caseName),
    slices: 0,
    taken: [] as Figure[],
  }));
  try {
    const reports = new Map<string, Report>();
    for (const child of children) {
      const report = await child.process.ask(url);
      reports.set(child.subject, report);
      if ('slices' in report) child.slices = report.slices;
    }
    const most = Math.max(...children.map(({ slices }) => slices));
    for (let slice = 0; slice < most; slice++) {
      const ready = children.filter(({ slices }) => slice < slices);
      // The order alternates, so that no subject is always the first.
      for (const child of slice % 2 === 0 ? ready : ready.toReversed()) {
        const report = await child.process.ask('slice');
        if ('figures' in report) child.taken.push(...report.figures);
      }
    }
    for (const { subject, slices, taken } of children) if (slices > 0) reports.set(subject, { figures: means(taken) });
    return reports;
  } finally {
    for (const child of children) child.process[Symbol.dispose]();
  }
}

/** The mean of the figures of each unit. */
function means(figures: readonly Figure[]): Figure[] {
  return [...new Set(figures.map(({ unit }) => unit))].map((unit) => {
    const values = figures.filter((figure) => figure.unit === unit).map(({ value }) => value);
    return { unit, value: values.reduce((sum, value) => sum + value, 0) / values.length };
  });
}

interface Started {
  readonly server: TestServer;
  readonly database: FreshDatabase;
}

/** The real servers that benchmarks have asked for: each is started once, when it is first needed. */
export class Servers implements AsyncDisposable {
  readonly #started = new Map<ServerKind, Promise<Started>>();

  /** The URL of an empty database on such a server, which is started if needed; '' if no server is needed. */
  async url(kind: ServerKind | undefined): Promise<string> {
    if (kind === undefined) return '';
    const started = this.#started.get(kind) ?? start(kind);
    this.#started.set(kind, started);
    return (await started).database.url;
  }

  /** Names and versions of the servers that were started. */
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
 * Takes all samples of a benchmark, one after the other. Each run goes through all pools once, starting with a
 * different one each time, so that other load on the machine affects all pools alike.
 */
export async function take(
  plan: Plan,
  servers: Servers,
  progress: (done: number, all: number) => void,
): Promise<Row[]> {
  const { bench, subjects, cases, runs } = plan;
  const rows = emptyRows(plan);
  const all = runs * cases.length * subjects.length;
  const placesOf = (subject: string, caseName: string): Place[] =>
    rows.filter((row) => row.caseName === caseName && row.subject === subject);
  let done = 0;
  for (let run = 0; run < runs; run++) {
    for (const caseName of cases) {
      const url = await servers.url(bench.serverOf?.(caseName));
      const order = subjects.map((_, i) => subjects[(run + i) % subjects.length]!);
      if ('slices' in bench) {
        progress(done, all);
        const reports = await sampleBySlices(plan, order, caseName, url);
        for (const [subject, report] of reports) keep(placesOf(subject, caseName), report);
        done += order.length;
        continue;
      }
      for (const subject of order) {
        progress(done++, all);
        const places = placesOf(subject, caseName);
        // A subject that could not be measured once cannot be measured in later runs either.
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

/** Rows without values for each case, unit and pool, in the benchmark's order. */
function emptyRows({ bench, cases, subjects }: Plan): Place[] {
  return cases.flatMap((caseName) =>
    bench.measures.flatMap(({ unit }) =>
      subjects.map((subject): Place => ({ bench: bench.name, subject, caseName, unit, values: [] })),
    ),
  );
}

function keep(places: readonly Place[], report: Report): void {
  if ('absent' in report) for (const place of places) place.absent = report.absent;
  if ('figures' in report)
    for (const { value, unit } of report.figures) places.find((place) => place.unit === unit)!.values.push(value);
}

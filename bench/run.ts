/** Runs benchmarks from the command line. Results go to stdout, everything else to stderr. */
import { writeFileSync } from 'node:fs';
import { endProgress } from '#support/servers/index.js';
import { against, treeOf } from './against.js';
import { read, USAGE, UsageError, type Request } from './arguments.js';
import { html, type Result } from './html.js';
import { machine } from './machine.js';
import { fillPage, markdown } from './markdown.js';
import { jsonLines, tables } from './report.js';
import { Servers, take } from './sampling.js';

/** Prints progress: on a terminal one line that is rewritten, otherwise a line for every tenth. */
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

const TEXTS: Readonly<Record<Request['format'], (result: Result) => string>> = {
  tables: ({ bench, rows }) => tables(bench, rows),
  json: ({ rows }) => jsonLines(rows),
  markdown: ({ bench, rows }) => `### ${bench.name}\n\n${markdown(bench, rows)}\n`,
};

async function measure(request: Request, servers: Servers): Promise<void> {
  const results: Result[] = [];
  const tree = request.against === undefined ? undefined : await treeOf(request.against);
  for (const each of request.plans) {
    const plan = tree === undefined ? each : against(each, tree);
    const { bench, runs } = plan;
    const rows = await take(plan, servers, progressOf(bench.name));
    endProgress();
    results.push({ bench, rows, runs });
    process.stdout.write(`${TEXTS[request.format](results.at(-1)!)}\n`);
    // Reports are written after each benchmark, so that a later failure does not lose the results.
    const facts = machine(await servers.versions());
    if (request.html !== undefined) writeFileSync(request.html, html(results, facts));
    if (request.page !== undefined) {
      const parts = results.map((result) => [result.bench.name, markdown(result.bench, result.rows)] as const);
      fillPage(request.page, new Map([['machine', facts], ...parts]));
    }
  }
}

async function main(args: readonly string[]): Promise<void> {
  const request = read(args);
  if (request.help) process.stdout.write(USAGE);
  // If the page cannot be read, fail now rather than after the measurements.
  if (request.page !== undefined) fillPage(request.page, new Map());
  const servers = new Servers();
  try {
    await measure(request, servers);
  } finally {
    await servers[Symbol.asyncDispose]();
  }
}

// `npm run bench | head` may stop reading early.
process.stdout.on('error', () => process.exit());
main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  if (error instanceof UsageError) process.stderr.write('npm run bench -- --help shows the options\n');
  process.exitCode = 1;
});

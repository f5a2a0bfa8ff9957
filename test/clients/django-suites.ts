import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { unpackSource } from '#support/servers/apt-packages.js';
import { fetched, type Fetchable } from '#support/servers/fetched-binary.js';
import { freshDatabase, type TestServer } from '#support/servers/index.js';
import { consoleProgress } from '#support/servers/progress.js';
import { runCommand } from '#support/servers/run-command.js';
import type { Request } from './arguments.js';
import { programsFolder, variables } from './program.js';
import { clientsFolder, DEBIAN, runtimeOf, type Runtime } from './runtimes.js';
import { serverName, type Report } from './table.js';
import { withWays, type Way } from './way.js';

/** Those that look at connections, transactions and locks. */
const SUITES = ['backends', 'transactions', 'select_for_update', 'introspection'];
const LONGEST_MS = 600_000;

interface Source {
  readonly version: string;
  readonly root: string;
}

/** Django as its authors publish it: the package has no tests. */
const SOURCE: Fetchable<Source> = {
  name: 'django-source',
  unpack: (root, suite, progress) => unpackSource('python-django', DEBIAN, suite, root, progress),
  async open(root) {
    const text = readFileSync(join(root, 'django/__init__.py'), 'utf8');
    const version = /VERSION = \((\d+), (\d+), (\d+)/.exec(text)?.slice(1).join('.');
    return version === undefined ? undefined : { version, root };
  },
};

interface Outcome {
  readonly outcome: string;
  readonly why: string;
}

/** Django's own suites, directly and every way: each test has to come out the same. */
export async function testDjangoSuites(request: Request, report: Report): Promise<void> {
  let runtime: Runtime;
  let source: Source;
  try {
    runtime = await runtimeOf('python', request.suite);
    source = await fetched(SOURCE, consoleProgress('django'), { suite: request.suite, cache: clientsFolder });
  } catch (error) {
    report.say(`Django's suites cannot be had here: ${(error as Error).message.replaceAll(/\s+/g, ' ').slice(0, 300)}`);
    return;
  }
  await withWays(request, {}, async (server, ways) => {
    for (const suite of SUITES) {
      const cells: string[] = [];
      let first: ReadonlyMap<string, Outcome> | undefined;
      for (const way of ways) {
        const outcomes = await runSuite(suite, runtime, source, server, way);
        cells.push(compared(first, outcomes, `${suite}, ${serverName(server)}, ${way.name}`, report));
        first ??= outcomes;
      }
      report.rows.push({ client: `Django ${source.version}`, server: serverName(server), how: suite, cells });
    }
  });
}

async function runSuite(
  suite: string,
  runtime: Runtime,
  source: Source,
  server: TestServer,
  { host, port }: Way,
): Promise<Map<string, Outcome>> {
  const folder = await mkdtemp(join(tmpdir(), 'mysqlpool-django-'));
  await using database = await freshDatabase(server);
  await using other = await freshDatabase(server);
  try {
    const { user, password } = server;
    const names = { database: database.name, other: other.name };
    const outcomes = join(folder, 'outcomes');
    const env = {
      ...runtime.env,
      ...variables('text', { host, port, user, password, ca: undefined, ...names }),
      PYTHONPATH: [programsFolder, source.root, runtime.env['PYTHONPATH']].join(delimiter),
      DB_OUTCOMES: outcomes,
    };
    const args = ['runtests.py', '--settings=django_suites', '--parallel=1', '--noinput', suite];
    const options = { env, cwd: join(source.root, 'tests'), timeout: LONGEST_MS };
    const failure = await runCommand(runtime.command, [...runtime.args, ...args], options).then(
      () => undefined,
      (error: Error) => error,
    );
    const text = await readFile(outcomes, 'utf8').catch(() => '');
    if (text === '') throw failure ?? new Error(`${suite}: no test was run`);
    const lines = text.trimEnd().split('\n');
    return new Map(
      lines.map((line) => JSON.parse(line) as Outcome & { test: string }).map((line) => [line.test, line]),
    );
  } finally {
    for (const { name } of [database, other]) await server.admin(`DROP DATABASE IF EXISTS ${name}_t`);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Tells and counts what came out; answers what stands in the table. */
function compared(
  first: ReadonlyMap<string, Outcome> | undefined,
  outcomes: ReadonlyMap<string, Outcome>,
  label: string,
  report: Report,
): string {
  const faults: string[] = [];
  const all = new Set([...(first ?? outcomes).keys(), ...outcomes.keys()]);
  for (const test of all) {
    const got = outcomes.get(test);
    const isSame = first
      ? got?.outcome === first.get(test)?.outcome
      : ['ok', 'skipped', 'expected failure'].includes(got?.outcome ?? '');
    if (!isSame) faults.push(`${test}: ${got?.outcome ?? 'was not run'} ${got?.why ?? ''}`.slice(0, 400));
  }
  const skipped = [...outcomes.values()].filter(({ outcome }) => outcome === 'skipped').length;
  const count = `${all.size - faults.length} of ${all.size}, ${skipped} skipped`;
  report.passed += all.size - faults.length;
  report.failed += faults.length;
  report.say(`${label}: ${count}`);
  for (const fault of faults) report.say(`  ${fault}`);
  return count;
}

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { bench, compiledBench, rowsIn, type JsonRow, type Outcome } from './support.js';

const QUICK = ['--quick', '--runs', '1', '--json'];

async function rowsOf(...args: string[]): Promise<JsonRow[]> {
  const outcome = await compiledBench(...args, ...QUICK);
  assert.equal(outcome.code, 0, outcome.stderr);
  return rowsIn(outcome);
}

/** The figures by unit, after a look at what all rows share. */
function figures(rows: readonly JsonRow[], name: string, caseName: string, subject = 'mysqlpool'): Map<string, number> {
  const own = rows.filter((row) => row.bench === name && row.case === caseName && row.subject === subject);
  assert.ok(own.length > 0, `no row of ${name}, ${caseName}, ${subject}`);
  for (const row of own) {
    assert.deepEqual(Object.keys(row), ['bench', 'subject', 'case', 'value', 'unit']);
    assert.ok(Number.isFinite(row.value) && row.value >= 0, JSON.stringify(row));
  }
  return new Map(own.map(({ unit, value }) => [unit, value]));
}

// Most of them wait most of the time.
describe('a quick run', { concurrency: 4 }, () => {
  before(async () => assert.equal((await bench('--help')).code, 0));

  it('of burst has CPU time beside wall time, and leaves out what is not here', async () => {
    const rows = await rowsOf(
      'burst',
      '--case',
      '1,000 waiters',
      '--subject',
      'mysqlpool',
      '--subject',
      'no pool at all',
    );
    for (const subject of ['mysqlpool', 'no pool at all']) {
      const found = figures(rows, 'burst', '1,000 waiters', subject);
      assert.deepEqual([...found.keys()], ['CPU-µs/waiter', 'µs/waiter']);
      for (const value of found.values()) assert.ok(value > 0);
    }
    const { code, stdout } = await compiledBench(
      'burst', '--case', '10,000 waiters', '--subject', 'sqlalchemy', '--quick', '--runs', '1',
    ); // prettier-ignore
    assert.equal(code, 0);
    assert.match(stdout, /^\s*$/, 'a waiter is a thread there');
  });

  it('compares ours with ours of another commit, which is built for it', async () => {
    const { code, stdout, stderr } = await compiledBench(
      'cycle', '--quick', '--runs', '1', '--case', 'contended', '--against', 'HEAD',
    ); // prettier-ignore
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^ {2}ours is [\d.]+ x [\da-f]{7} \(more is better\)$/m);
    assert.match(stdout, /^ {2}(yes|NO ) contended, cycles\/ms: >= 0\.97 x [\da-f]{7}$/m);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 60, line);
  });

  it('of storm turns everybody away, and loses nothing', async () => {
    const rows = await rowsOf('storm', '--subject', 'mysqlpool');
    const found = figures(rows, 'storm', '50,000 waiters');
    assert.deepEqual(
      [...found.keys()],
      ['ms the loop stood still', 'CPU-ms in all', 'ms late, the last', 'resources lost'],
    );
    assert.equal(found.get('resources lost'), 0);
    assert.ok(found.get('ms late, the last')! >= -1, 'nobody is turned away too early');
  });

  it('of memory weighs a waiter, a connection and a pool', async () => {
    const cases = ['a waiter', 'an idle connection', 'an empty pool'];
    const rows = await rowsOf('memory', '--subject', 'mysqlpool', ...cases.flatMap((name) => ['--case', name]));
    for (const caseName of cases) {
      const bytes = figures(rows, 'memory', caseName).get('bytes')!;
      assert.ok(bytes > 50 && bytes < 20_000, `${caseName}: ${bytes} bytes`);
    }
  });

  it('of spike does not open a connection for everybody', async () => {
    const rows = await rowsOf('spike', '--subject', 'mysqlpool', '--case', 'burst of 2 ms');
    const found = figures(rows, 'spike', 'burst of 2 ms');
    assert.ok(found.get('ms until all were served')! > 0);
    // One, unless a busy machine makes the burst longer.
    assert.ok(found.get('connections opened')! < 45);
  });

  it('of query asks a real server', async () => {
    const rows = await rowsOf('query', '--subject', 'mysqlpool', '--case', 'SELECT 1, MariaDB');
    const found = figures(rows, 'query', 'SELECT 1, MariaDB');
    assert.deepEqual([...found.keys()], ['queries/ms', 'CPU-µs/query']);
    for (const value of found.values()) assert.ok(value > 0);
  });

  it('of dirty cleans up after every loan', async () => {
    const rows = await rowsOf('dirty', '--subject', 'mysqlpool', '--case', 'temporary table, MySQL');
    const found = figures(rows, 'dirty', 'temporary table, MySQL');
    assert.deepEqual([...found.keys()], ['loans/ms', 'CPU-µs/loan']);
  });

  it('of texts has a figure for each kind of text', async () => {
    for (const text of ['200 letters', '4 kB full of escapes']) {
      const rows = await rowsOf('texts', '--subject', 'mysqlpool', '--case', text);
      assert.ok(figures(rows, 'texts', text).get('CPU-µs/text')! > 0);
    }
  });

  it('of orm measures the stock pool and ours side by side, and the first query of a process', async () => {
    const rows = await rowsOf('orm', '--case', 'Knex, MySQL');
    for (const subject of ['mysqlpool', 'stock pool']) {
      const found = figures(rows, 'orm', 'Knex, MySQL', subject);
      const units = ['one row: CPU-µs', 'transaction: CPU-µs', '100 rows: CPU-µs', '200 at once: CPU-µs'];
      assert.deepEqual([...found.keys()], [...units, '200 at once: ms', 'first query: ms']);
      for (const value of found.values()) assert.ok(value > 0);
    }
  });

  it('of fleet measures what a fleet costs, heartbeats included', async () => {
    const rows = await rowsOf('fleet', '--case', 'idle member', '--case', '54 members on a Redis');
    assert.ok(figures(rows, 'fleet', 'idle member').get('CPU-ms/min')! > 0);
    assert.ok(figures(rows, 'fleet', '54 members on a Redis').get('CPU-ms/heartbeat')! > 0);
  });

  it('of gateway measures ours beside no gateway', async () => {
    const both = ['--subject', 'mysqlpool', '--subject', 'direct'];
    const rows = await rowsOf('gateway', '--case', 'text, 16 clients', ...both);
    assert.ok(figures(rows, 'gateway', 'text, 16 clients').get('us CPU/query')! > 0);
    assert.ok(figures(rows, 'gateway', 'text, 16 clients', 'direct').get('queries/s')! > 0);
  });

  it('of dbdown settles every call', async () => {
    const rows = await rowsOf('dbdown', '--subject', 'mysqlpool', '--case', 'MySQL');
    const found = figures(rows, 'dbdown', 'MySQL');
    assert.equal(found.get('calls never settled'), 0);
    // It is late by as much as the machine is busy.
    assert.ok(found.get('ms, longest acquire')! >= 0 && found.get('ms, longest acquire')! < 1_500);
    assert.ok(found.get('dials/s in the outage')! > 0);
  });

  it('of fair gives everybody the same; a report with plots, and a filled page', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'bench-'));
    t.after(() => rm(folder, { recursive: true }));
    const html = join(folder, 'report.html');
    const page = join(folder, 'page.md');
    const place = (name: string): string => `<!-- bench ${name} -->\nuntouched\n<!-- end -->\n`;
    await writeFile(page, `# Page\n${place('machine')}between\n${place('fair')}${place('cycle')}`);
    const args = ['fair', '--subject', 'mysqlpool', '--html', html, '--page', page, '--markdown'];
    const { code, stdout, stderr } = await compiledBench(...args, '--quick', '--runs', '1');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^### fair$/m);
    const table = /^\| {2}\| max\/min turns .*\n\|(?: --- \|)+\n\| \*\*mysqlpool\*\* \| \*\*1\*\* \|/m;
    assert.match(stdout, table);
    const filled = await readFile(page, 'utf8');
    assert.match(filled, table);
    assert.match(filled, /Node \d+\.\d+\.\d+, \w+, \d+ CPUs\. Versions: mysql2 \d/);
    assert.match(filled, /between\n/);
    assert.equal(filled.split('untouched').length, 2, 'what was not measured is left as it was');
    const report = await readFile(html, 'utf8');
    assert.match(report, /<svg [^]*mysqlpool[^]*<rect /);
    assert.match(report, /Node \d+\.\d+\.\d+/);
    assert.match(report, /Each sample has a process of its own/);
    assert.doesNotMatch(report, /<(?:script|link|img)|https?:/, 'it needs nothing else');
  });

  it('refuses a page that is not there before it measures anything', async () => {
    const outcome: Outcome = await compiledBench('cycle', '--page', join(tmpdir(), 'no', 'such', 'page.md'));
    assert.equal(outcome.code, 1);
    assert.match(outcome.stderr, /ENOENT/);
    assert.doesNotMatch(outcome.stderr, /samples/);
  });
});

// Not beside the others: under valgrind a program takes fifty times as long.
it('a quick run of instructions counts those of a loan, where valgrind is', async () => {
  const { code, stdout, stderr } = await compiledBench(
    'instructions', '--quick', '--runs', '1', '--case', 'uncontended', '--subject', 'mysqlpool',
  ); // prettier-ignore
  assert.equal(code, 0, stderr);
  const [, told] = /^ {2}mysqlpool +([\d,]+) |needs valgrind/m.exec(stdout) ?? assert.fail(stdout);
  // Less than a hundred would be no loan, more than a hundred thousand no loop.
  if (told !== undefined) assert.match(told, /^(\d{3}|\d{1,2},\d{3})$/);
});

import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { bench, compiledBench, moduleOf } from './support.js';

describe('npm run bench', () => {
  // Compiles, once for all of them.
  before(async () => assert.equal((await bench('--help')).code, 0));

  it('prints one JSON line a row and nothing else with --json', async () => {
    const { code, stdout, stderr } = await bench(
      'cycle', '--quick', '--runs', '1', '--json', '--subject', 'mysqlpool', '--subject=mysql2-callback',
      '--subject', 'sequelize-pool',
    ); // prettier-ignore
    assert.equal(code, 0, stderr);
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const expected = ['uncontended', 'contended'].flatMap((name) =>
      ['cycles/CPU-ms', 'cycles/ms'].flatMap((unit) =>
        ['mysqlpool', 'mysql2-callback', 'sequelize-pool'].map((subject) => ({
          bench: 'cycle',
          subject,
          case: name,
          unit,
        })),
      ),
    );
    assert.deepEqual(
      rows.map(({ value: _value, ...row }) => row),
      expected,
    );
    for (const { value } of rows) assert.ok(typeof value === 'number' && value > 0, String(value));
    assert.match(stderr, /6 of 6 samples/);
  });

  it('prints tables of at most 60 columns without --json', async () => {
    const { code, stdout, stderr } = await compiledBench(
      'cycle', '--quick', '--runs', '1', '--case', 'contended', '--subject', 'mysqlpool', '--subject', 'mysql2',
    ); // prettier-ignore
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^ {2}mysqlpool +[\d,.]+ +[\d,.]+ +[\d,.]+ +1\.00 x$/m);
    assert.match(stdout, /^ {2}ours is [\d.]+ x mysql2 \(more is better\)$/m);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 60, line);
  });

  it('says what it does not know, and what was meant', async () => {
    const { read } = await moduleOf<{ readonly read: (args: readonly string[]) => unknown }>('arguments');
    const wrong: [string[], RegExp][] = [
      [['cycle', '--quikc'], /unknown option "--quikc" \(did you mean "--quick"\?\)/],
      [['cycle', '--runs', '0'], /--runs: expected a whole number from 1 to 1000, got "0"/],
      [['cycle', '--warm-up', '1e9'], /--warm-up: expected a whole number from 1 to 60000, got "1e9"/],
      [['cycle', '--runs'], /--runs: expected a value/],
      [['cycle', '--json', '--markdown'], /--json and --markdown: one of them/],
      [['cycle', '--html'], /--html: expected a value/],
      [['cycle', '--against', 'HEAD', '--subject', 'tarn'], /--against compares ours with ours: without --subject/],
      [['cycle', '--json=yes'], /--json takes no value, got "yes"/],
      [['cycle', '--subject', 'tran'], /unknown subject "tran" \(did you mean "tarn"\?\)/],
      [[], /name a benchmark: cycle, /],
    ];
    for (const [args, message] of wrong) assert.throws(() => read(args), message, args.join(' '));
  });

  it('exits with 1, and prints nothing but the reason, for what it does not know', async () => {
    const wrong: [string[], RegExp][] = [
      [['cycel'], /unknown benchmark "cycel" \(did you mean "cycle"\?\); there are: cycle, /],
      [['cycle', '--against', 'no-such-commit'], /--against: git knows no commit "no-such-commit" here/],
    ];
    for (const [args, message] of wrong) {
      const { code, stdout, stderr } = await compiledBench(...args);
      assert.deepEqual([code, stdout], [1, ''], args.join(' '));
      assert.match(stderr, message);
    }
  });

  it('explains itself', async () => {
    const { code, stdout } = await compiledBench('--help');
    assert.equal(code, 0);
    for (const word of ['cycle', '--json', '--quick', '--runs', '--subject', '--case'])
      assert.ok(stdout.includes(word));
    for (const line of stdout.split('\n')) assert.ok(line.length <= 60, line);
  });
});

describe('the watch over the loans of a benchmark', () => {
  interface Held {
    held: boolean;
  }
  interface Watch {
    take(resource: Held): void;
    give(resource: Held): void;
    expect(loans: number): void;
  }
  let watchOf: (limit: number) => Watch;
  const resource = (): Held => ({ held: false });

  before(async () => {
    // Compiles the benchmarks, which the tests' own project does not refer to.
    assert.equal((await bench('--help')).code, 0);
    const { LoanWatch } = await moduleOf<{ LoanWatch: new (limit: number) => Watch }>('loan-watch');
    watchOf = (limit) => new LoanWatch(limit);
  });

  it('finds a resource with two borrowers', () => {
    const watch = watchOf(2);
    const one = resource();
    watch.take(one);
    assert.throws(() => watch.take(one), /lent to two borrowers at once/);
  });

  it('finds a limit that was passed', () => {
    const watch = watchOf(1);
    watch.take(resource());
    assert.throws(() => watch.take(resource()), /2 resources out, above the limit of 1/);
  });

  it('finds a return that was no loan', () => {
    assert.throws(() => watchOf(1).give(resource()), /given back twice/);
  });

  it('finds loans that never were, and loans that have not ended', () => {
    const watch = watchOf(1);
    const one = resource();
    watch.take(one);
    assert.throws(() => watch.expect(1), /1 resources were not given back/);
    watch.give(one);
    assert.throws(() => watch.expect(2), /1 loans instead of 2/);
    watch.expect(1);
  });
});

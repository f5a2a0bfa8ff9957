import { didYouMean } from 'node-mysqlpool/pool';
import { BENCHES } from './benches.js';
import type { Effort } from './bench.js';
import type { Plan } from './sampling.js';

const FULL: Effort = { warmUp: 300, measure: 500 };
// For other runtimes than Node, whose compilers optimize later: Bun reaches full speed after some 25,000 queries.
const OF_ANOTHER_PROGRAM: Effort = { ...FULL, warmUp: 1_500 };
const QUICK: Effort = { warmUp: 100, measure: 150 };

const COLUMN = Math.max(...BENCHES.map(({ name }) => name.length)) + 1;

export const USAGE = `usage: npm run bench -- NAME ... [options]

  ${'all'.padEnd(COLUMN)}every benchmark
${BENCHES.map(({ name, about }) => `  ${name.padEnd(COLUMN)}${about.replace(/(.{1,45})(\s|$)/g, `$1\n  ${' '.repeat(COLUMN)}`).trim()}`).join('\n')}

  --json          one JSON line a row on stdout
  --markdown      Markdown tables on stdout
  --html FILE     a report with plots as well
  --page FILE     puts the tables into this page as well
  --quick         3 short runs instead of 5
  --runs N        so many runs, 1 to 1000
  --subject NAME  only this pool; may be repeated
  --case NAME     only this case; may be repeated
  --warm-up MS    so long before each sample, up to 60000
                  instead of 300
  --against REV   ours beside ours of that commit in turns,
                  not beside other pools; 15 runs
  --program PATH  runs the samples by that program: another
                  Node, or Bun beside the client it brings
  --help          this text

Every sample has a process of its own; a figure is the
median of the runs. Progress goes to stderr.
`;

const WITH_VALUE = ['--runs', '--warm-up', '--subject', '--case', '--html', '--page', '--against', '--program'];
const OPTIONS = ['--json', '--markdown', '--quick', '--help', ...WITH_VALUE];
const ALL = 'all';

export interface Request {
  readonly help: boolean;
  /** How the results are printed. */
  readonly format: 'tables' | 'json' | 'markdown';
  /** The file to write an HTML report with plots to. */
  readonly html: string | undefined;
  /** The Markdown page whose tables are to be filled with the results. */
  readonly page: string | undefined;
  readonly plans: readonly Plan[];
  /** The commit to compare the present state with. */
  readonly against: string | undefined;
}

/** The command line is invalid; the message says why. */
export class UsageError extends Error {}

function known(what: string, name: string, names: readonly string[]): string {
  if (names.includes(name)) return name;
  throw new UsageError(`unknown ${what} "${name}"${didYouMean(name, names)}; there are: ${names.join(', ')}`);
}

/** Arguments without dashes are names; the value of an option is the next argument, or follows its `=`. */
function split(args: readonly string[]): { names: string[]; options: Map<string, string[]> } {
  const names: string[] = [];
  const options = new Map<string, string[]>();
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (!arg.startsWith('-')) {
      names.push(arg);
      continue;
    }
    const [, name, attached] = /^([^=]*)(?:=(.*))?$/s.exec(arg)!;
    const option = known('option', name!, OPTIONS);
    const values = options.get(option) ?? [];
    options.set(option, values);
    if (!WITH_VALUE.includes(option)) {
      if (attached !== undefined) throw new UsageError(`${option} takes no value, got "${attached}"`);
      continue;
    }
    const value = attached ?? rest.shift();
    if (value === undefined || value === '' || value.startsWith('--')) {
      throw new UsageError(`${option}: expected a value`);
    }
    values.push(value);
  }
  return { names, options };
}

/** The option's value, a whole number from 1 to `most`; `usual` if the option is missing. */
function wholeIn(options: ReadonlyMap<string, string[]>, option: string, most: number, usual: number): number {
  const text = options.get(option)?.at(-1);
  if (text === undefined) return usual;
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= most) return number;
  throw new UsageError(`${option}: expected a whole number from 1 to ${most}, got "${text}"`);
}

function formatIn(options: ReadonlyMap<string, string[]>): Request['format'] {
  if (!options.has('--markdown')) return options.has('--json') ? 'json' : 'tables';
  if (options.has('--json')) throw new UsageError('--json and --markdown: one of them, please');
  return 'markdown';
}

/** Reads the command line. @throws UsageError */
export function read(args: readonly string[]): Request {
  const { names, options } = split(args);
  const [html, page, against, program] = ['--html', '--page', '--against', '--program'].map((name) =>
    options.get(name)?.at(-1),
  );
  const request = { help: false, format: formatIn(options), html, page, against, plans: [] };
  if (against !== undefined && (page ?? options.get('--subject')) !== undefined) {
    throw new UsageError('--against compares ours with ours: without --subject and --page, please');
  }
  if (program !== undefined && page !== undefined) {
    throw new UsageError('--program: without --page, please; the tables there are those of one Node');
  }
  if (options.has('--help')) return { ...request, help: true };
  const all = BENCHES.map(({ name }) => name);
  for (const name of names) known('benchmark', name, [...all, ALL]);
  if (names.length === 0) throw new UsageError(`name a benchmark: ${all.join(', ')}`);
  const quick = options.has('--quick');
  // Two commits may differ by a few per cent only, which takes many runs to see.
  const runs = wholeIn(options, '--runs', 1_000, against === undefined ? (quick ? 3 : 5) : 15);
  const effort = quick ? QUICK : program === undefined ? FULL : OF_ANOTHER_PROGRAM;
  const warmUp = wholeIn(options, '--warm-up', 60_000, effort.warmUp);
  const benches = BENCHES.filter(({ name }) => names.includes(name) || names.includes(ALL));
  const plans = benches.map((bench) => ({
    bench,
    runs,
    effort: { ...effort, warmUp },
    subjects: chosen('subject', bench.subjects, options.get('--subject')),
    cases: chosen('case', bench.cases, options.get('--case')),
    ...(program !== undefined && { program }),
  }));
  return { ...request, plans };
}

/** The wanted ones of `all`, in the order of `all`; all of them if no names are given. */
function chosen(what: string, all: readonly string[], wanted: readonly string[] | undefined): readonly string[] {
  if (wanted === undefined) return all;
  const names = wanted.map((name) => known(what, name, all));
  return all.filter((name) => names.includes(name));
}

// npm run mutants -- [layer or file ...] [--sample N] [--seed N]; see --help StrykerJS plants mutants in the compiled
// code. For each it runs the layer's tests that cover its line, the cheapest first, in one process
// (mutants-runner.mjs), until one fails because of it. The results are kept in .build/mutants/ for each source file,
// which is measured again only after it or the tests have changed.
import { createHash, randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire, SourceMap } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { keyOf } from './mutants-journal.mjs';
import { compile, installPackages, root, run } from './setup.mjs';

const USAGE = `usage: npm run mutants -- [layer or file ...] [options]

  session, wire, pool, budget, scope, mysql, gateway
                       a layer; all of them when nothing is named
  src/pool/lease.ts    one file of them

  --sample N   faults in N per cent of the code only
  --seed N     which part that is; printed when not given
  --within S   so many seconds of tests for each fault: what is not found by then counts as not found
  --missed     plant again what was not found the last time, and take what was found for found: after tests were added,
               or to give them more time
  --again      measure what has been measured before
  --no-setup   do not install packages
`;

/** The tests of each layer, by the beginning of their paths. */
const TESTS = {
  session: ['session/'],
  wire: ['wire/'],
  pool: ['pool/'],
  budget: ['budget/'],
  scope: ['scope/', 'pool/pool-classes'],
  mysql: ['mysql/', 'conformance/connector'],
  gateway: ['gateway/', 'conformance/connector', 'metrics/gateway.', 'cli/gateway.'],
};
/** Layers whose tests need servers. */
const WITH_SERVERS = new Set(['mysql', 'gateway']);
// Tests that measure time, which the code added for mutants changes.
const TIMED = /linear-time/;
// Tests that take as long as all others of their layer together and find little that those do not. Of the gateway: the
// tests with client programs, which have planted faults of their own (--planted), and those that measure the heap.
const LONG = new RegExp(
  [
    'pool/(model|process|lost-leases|clock)',
    'scope/decorator',
    'budget/process-limit',
    'session/(carrying|carried-lives|frameworks)',
    'gateway/(programs|idle)',
  ]
    .map((files) => `${files}[.]test`)
    .join('|'),
);
// For samples: so many lines of code are tried, or left out, together.
const WINDOW = 10;
// The folders that the tests need.
const NEEDED = ['dist', '.build/test', 'docs', 'src', 'test'];
const kept = join(root, '.build/mutants');
/** Stryker's states of mutants that were found, and of those that were not. */
const FOUND = ['Killed', 'Timeout', 'RuntimeError'];
const MISSED = ['Survived', 'NoCoverage'];
/** The state of a mutant that was not tried, since the run was stopped. */
const PENDING = 'Pending';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(randomInt(1_000_000)) },
    within: { type: 'string', default: 'Infinity' },
    missed: { type: 'boolean', default: false },
    again: { type: 'boolean', default: false },
    'no-setup': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit();
}
const percent = Number(values.sample);
if (!(percent > 0 && percent <= 100)) fail(`--sample: expected more than 0 and at most 100, got ${values.sample}`);
const within = Number(values.within);
if (!(within > 0)) fail(`--within: expected more than 0 seconds, got ${values.within}`);
if (!values['no-setup']) await installPackages();
await compile('test');

const chosen = filesIn(positionals.length > 0 ? positionals : Object.keys(TESTS));
console.log(percent < 100 ? `${percent} % of the code, seed ${values.seed}` : 'all of the code');
const servers = chosen.some(({ layer }) => WITH_SERVERS.has(layer)) ? await startServers() : [];
let isWhole = true;
let isStopped = false;
// Stryker gets the signal too, and ends. The results so far are shown, and the same command continues with the rest.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => (isStopped = true));
try {
  for (const layer of new Set(chosen.map((file) => file.layer))) {
    isWhole = !isStopped && (await measure(chosen.filter((file) => file.layer === layer))) && isWhole;
  }
} finally {
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
}
report();
process.exitCode = isWhole ? 0 : 1;

function fail(text) {
  console.error(text);
  process.exit(2);
}

/** The compiled files of the named layers and source files, with their layer. */
function filesIn(names) {
  return names.flatMap((name) => {
    const [, layer, path] = /^(?:src\/)?([a-z]+)(?:\/(.+?)(?:\.ts)?)?$/.exec(name) ?? [];
    if (!Object.hasOwn(TESTS, layer ?? '')) fail(`unknown: ${name}; there are ${Object.keys(TESTS).join(', ')}`);
    const all = readdirSync(join(root, 'src', layer), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && (path === undefined || file === `${path}.ts`))
      .map((file) => file.slice(0, -'.ts'.length))
      // An index only re-exports.
      .filter((file) => file !== 'index')
      .toSorted();
    if (all.length === 0) fail(`no such file: ${name}`);
    return all.map((file) => ({ layer, name: file, path: `dist/${layer}/${file}.js` }));
  });
}

/** Starts one pair of servers for all tests, which find it in the environment as in any test run. */
async function startServers() {
  const require = createRequire(import.meta.url);
  const { SERVER_KINDS, consoleProgress, endProgress, startServer } = require(
    join(root, '.build/test/support/servers/index.js'),
  );
  const { shareServer } = require(join(root, '.build/test/support/servers/shared-variables.js'));
  const all = await Promise.all(SERVER_KINDS.map((kind) => startServer(kind, { onProgress: consoleProgress(kind) })));
  endProgress();
  for (const server of all) Object.assign(process.env, shareServer(server));
  return all;
}

function testsOf(layer) {
  const folder = join(root, '.build/test');
  return (
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.test.js') && TESTS[layer].some((part) => file.startsWith(part)))
      // The compiler does not delete its output when a source file is deleted.
      .filter((file) => existsSync(join(root, 'test', file.replace(/js$/, 'ts'))))
      .filter((file) => !TIMED.test(file) && !LONG.test(file))
      .toSorted()
      .map((file) => `.build/test/${file}`)
  );
}

function reportOf({ path }) {
  return join(kept, `${path.slice('dist/'.length).replaceAll('/', '-')}on`);
}

/** Measures those files of one layer whose reports are outdated. Resolves with false if the run was stopped. */
async function measure(files) {
  const tests = testsOf(files[0].layer);
  const wanted = files.map((file) => wantedOf(file, tests));
  // All mutants are planted again, even if not all are tried: so the stored coverage of the tests remains valid.
  const ranges = wanted.some(({ isOpen }) => isOpen) ? wanted.flatMap(({ file }) => rangesOf(file.path)) : [];
  mkdirSync(kept, { recursive: true });
  const journal = join(kept, 'journal');
  writeFileSync(journal, '');
  let isWhole = true;
  if (ranges.length > 0) {
    const config = join(kept, 'stryker.json');
    const known = join(kept, `tests-of-${files[0].layer}.json`);
    const only = Object.fromEntries(
      wanted.flatMap(({ file, only: some }) => (some ? [[file.path, some.map(keyOf)]] : [])),
    );
    writeFileSync(
      config,
      JSON.stringify(configuration({ files: tests, known, journal, only, within: within * 1000 }, ranges)),
    );
    const stryker = join(root, 'node_modules/@stryker-mutator/core/bin/stryker.js');
    isWhole = (await run(process.execPath, [stryker, 'run', config])) === 0;
  }
  const lines = readFileSync(journal, 'utf8').split('\n').filter(Boolean);
  // The run was stopped before its mutants were known.
  if (!isWhole && lines.length === 0) return false;
  const told = lines.map((line) => JSON.parse(line));
  for (const { file, stamp, before } of wanted) {
    const now = told.filter(({ path }) => path === file.path);
    writeFileSync(reportOf(file), JSON.stringify({ mutants: merge(before, now), stamp }));
  }
  return isWhole;
}

/** What has to be measured for a file. */
function wantedOf(file, tests) {
  const text = readFileSync(join(root, file.path), 'utf8');
  const code = createHash('sha256')
    .update(JSON.stringify([percent, percent < 100 && values.seed, text]))
    .digest('hex');
  const hash = createHash('sha256').update(code);
  for (const each of tests) hash.update(each).update(readFileSync(join(root, each)));
  const stamp = `${code} ${hash.digest('hex')}`;
  const last = existsSync(reportOf(file)) ? JSON.parse(readFileSync(reportOf(file), 'utf8')) : undefined;
  const isKnown = !values.again && (last?.stamp === stamp || (values.missed && last?.stamp.startsWith(code) === true));
  const before = isKnown ? last.mutants : [];
  const only = isKnown && before.filter((each) => each.status === PENDING || (values.missed && isMissed(each)));
  return { file, stamp, before, only, isOpen: !only || only.length > 0 };
}

function isMissed({ status }) {
  return MISSED.includes(status);
}

/** The results of all mutants of a file, old and new merged. */
function merge(before, now) {
  const byKey = new Map(before.map((mutant) => [keyOf(mutant), mutant]));
  for (const mutant of now) {
    const known = byKey.get(keyOf(mutant));
    const isNew = known === undefined ? before.length === 0 : !FOUND.includes(known.status);
    if (isNew && (known === undefined || mutant.status !== PENDING)) byKey.set(keyOf(mutant), mutant);
  }
  return [...byKey.values()];
}

function configuration(nodeTest, mutate) {
  return {
    testRunner: 'node-test',
    plugins: ['runner', 'journal'].map((part) => join(root, `scripts/mutants-${part}.mjs`)),
    nodeTest,
    // The runner's process is replaced after so many mutants, and with it what they have left behind.
    maxTestRunnerReuse: 300,
    mutate,
    coverageAnalysis: 'perTest',
    // Tests on real servers share them.
    concurrency: 1,
    // The runner has a limit for each test. This one is for mutants that block the event loop.
    timeoutMS: 60_000,
    dryRunTimeoutMinutes: 60,
    ignorePatterns: [
      '*',
      '!package.json',
      '!.build',
      ...NEEDED.flatMap((folder) => [`!${folder}`, `!${folder}/**`]),
      '**/*.map',
    ],
    tempDirName: '.build/mutants/sandbox',
    reporters: ['journal', 'progress-append-only'],
    allowEmpty: true,
    disableTypeChecks: false,
  };
}

/**
 * The line ranges to mutate: all lines after the compiler's preamble or, for a sample, the windows that the seed
 * selects.
 */
function rangesOf(path) {
  const lines = readFileSync(join(root, path), 'utf8').split('\n').length;
  const placeOf = placesIn(path);
  const first = Array.from({ length: lines }, (_, nth) => nth + 1).find((line) => placeOf({ line, column: 999 }));
  if (first === undefined) return [];
  if (percent === 100) return [`${path}:${first}-${lines}`];
  const starts = Array.from({ length: Math.ceil(lines / WINDOW) }, (_, nth) => nth * WINDOW + 1);
  return starts
    .filter((start) => {
      const drawn = createHash('sha256').update(`${values.seed} ${path} ${start}`).digest().readUInt32BE() / 2 ** 32;
      return drawn * 100 < percent && start + WINDOW > first;
    })
    .map((start) => `${path}:${Math.max(first, start)}-${Math.min(lines, start + WINDOW - 1)}`);
}

/** Prints every mutant that was not found, with its place in the source, and the score of each layer. */
function report() {
  const scores = new Map();
  for (const file of chosen.filter((each) => existsSync(reportOf(each)))) {
    const { path } = file;
    const { mutants } = JSON.parse(readFileSync(reportOf(file), 'utf8'));
    const source = readFileSync(join(root, path), 'utf8');
    const placeOf = placesIn(path);
    // Code that the compiler adds has no source and is not to be tested.
    const own = mutants.filter(({ location }) => placeOf(location.start) !== undefined);
    const missed = own.filter(isMissed);
    for (const mutant of missed) console.log(`${placeOf(mutant.location.start)} ${shown(mutant, source)}`);
    const found = own.filter(({ status }) => FOUND.includes(status)).length;
    const late = own.filter(({ status }) => status === 'Timeout').length;
    const untried = own.filter(({ status }) => status === PENDING).length;
    scores.set(path, { found, missed: missed.length, late, untried });
  }
  const total = (title, all) => {
    const [found, missed, late, untried] = ['found', 'missed', 'late', 'untried'].map((key) =>
      all.reduce((sum, each) => sum + each[key], 0),
    );
    const share = (100 * found) / (found + missed || 1);
    const rest = untried > 0 ? `; ${untried} were not tried` : '';
    console.log(
      `${title}: ${found} of ${found + missed} found, ${share.toFixed(1)} %, ${late} of them by running too long${rest}`,
    );
  };
  for (const [path, score] of scores) total(path, [score]);
  for (const layer of new Set(chosen.map((file) => file.layer))) {
    total(
      layer,
      [...scores].filter(([path]) => path.startsWith(`dist/${layer}/`)).map(([, score]) => score),
    );
  }
}

/** A function that maps a place in compiled code to the place in the source. */
function placesIn(path) {
  const map = new SourceMap(JSON.parse(readFileSync(join(root, `${path}.map`), 'utf8')));
  return ({ line, column }) => {
    const { originalSource, originalLine } = map.findEntry(line - 1, Math.max(0, column - 1));
    if (originalSource === undefined) return undefined;
    return `${relative(root, join(root, dirname(path), originalSource))}:${originalLine + 1}`;
  };
}

/** `a < b` -> `a <= b`, on one line. */
function shown({ status, mutatorName, location, replacement }, source) {
  const lines = source.split('\n').slice(location.start.line - 1, location.end.line);
  lines[lines.length - 1] = lines.at(-1).slice(0, location.end.column - 1);
  lines[0] = lines[0].slice(location.start.column - 1);
  const brief = (text) => {
    const line = text.replaceAll(/\s+/g, ' ');
    return line.length > 70 ? `${line.slice(0, 67)}...` : line;
  };
  const unseen = status === 'NoCoverage' ? ' (no test gets there)' : '';
  return `${mutatorName}: ${brief(lines.join('\n'))} -> ${brief(replacement ?? '')}${unseen}`;
}

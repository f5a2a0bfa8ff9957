// npm run mutants -- [layer or file ...] [--sample N] [--seed N]; see --help
// StrykerJS plants faults in the compiled code, one at a time, and runs the layer's tests against each. One source file at
// a time: its report is kept in .build/mutants/ and not measured again before the file or the tests change.
import { createHash, randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire, SourceMap } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { compile, installPackages, root, run } from './setup.mjs';

const USAGE = `usage: npm run mutants -- [layer or file ...] [options]

  session, pool, budget, scope, mysql   a layer; all of them
                       when nothing is named
  src/pool/lease.ts    one file of them

  --sample N   faults in N per cent of the code only
  --seed N     which part that is; printed when not given
  --again      measure what has been measured before
  --no-setup   do not install packages
`;

/** What looks at each layer: parts of paths of test files. */
const TESTS = {
  session: ['session/'],
  pool: ['pool/'],
  budget: ['budget/'],
  scope: ['scope/', 'pool/pool-classes'],
  mysql: ['mysql/'],
};
// These start servers of their own, which takes longer than all the others together.
const OWN_SERVER = /\bstartOwnServer\b/;
// These measure time, which a mutant's own bookkeeping changes.
const TIMED = /linear-time/;
// So many lines of code are taken, or left out, together.
const WINDOW = 10;
// What the tests run, and what they read.
const NEEDED = ['dist', '.build/test', 'docs', 'src', 'test'];
const kept = join(root, '.build/mutants');
/** A mutant that was found, and one that was not. */
const FOUND = ['Killed', 'Timeout', 'RuntimeError'];
const MISSED = ['Survived', 'NoCoverage'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(randomInt(1_000_000)) },
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
if (!values['no-setup']) await installPackages();
await compile('test');

const chosen = filesIn(positionals.length > 0 ? positionals : Object.keys(TESTS));
console.log(percent < 100 ? `${percent} % of the code, seed ${values.seed}` : 'all of the code');
const servers = chosen.some(({ layer }) => layer === 'mysql') ? await startServers() : [];
let isWhole = true;
let isStopped = false;
// Stryker hears of it as well, and ends; what has been measured is shown.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => (isStopped = true));
try {
  for (const file of chosen) isWhole = !isStopped && (await measure(file)) && isWhole;
} finally {
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
}
report();
process.exitCode = isWhole ? 0 : 1;

function fail(text) {
  console.error(text);
  process.exit(2);
}

/** The compiled files of what was named, with their layer. */
function filesIn(names) {
  return names.flatMap((name) => {
    const [, layer, path] = /^(?:src\/)?([a-z]+)(?:\/(.+?)(?:\.ts)?)?$/.exec(name) ?? [];
    if (!Object.hasOwn(TESTS, layer ?? '')) fail(`unknown: ${name}; there are ${Object.keys(TESTS).join(', ')}`);
    const all = readdirSync(join(root, 'dist', layer), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.js') && (path === undefined || file === `${path}.js`))
      // It only passes on what others export.
      .filter((file) => file !== 'index.js')
      .toSorted();
    if (all.length === 0) fail(`no such file: ${name}`);
    return all.map((file) => ({ layer, path: `dist/${layer}/${file}` }));
  });
}

/** One pair of servers for all of them; the tests learn of it as in any test run. */
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
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.js') && TESTS[layer].some((part) => file.startsWith(part)))
    .filter((file) => !TIMED.test(file) && !OWN_SERVER.test(readFileSync(join(folder, file), 'utf8')))
    .toSorted()
    .map((file) => `.build/test/${file}`);
}

function reportOf({ path }) {
  return join(kept, `${path.slice('dist/'.length).replaceAll('/', '-')}on`);
}

/** Whether the file has a report that is up to date, made now if it has none. */
async function measure(file) {
  const tests = testsOf(file.layer);
  const hash = createHash('sha256').update(JSON.stringify([percent, percent < 100 && values.seed]));
  for (const each of [file.path, ...tests]) hash.update(readFileSync(join(root, each)));
  const stamp = `${reportOf(file)}.stamp`;
  const wanted = hash.digest('hex');
  if (!values.again && existsSync(reportOf(file)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted)
    return true;
  const ranges = rangesOf(file.path);
  if (ranges.length === 0) return true;
  mkdirSync(kept, { recursive: true });
  rmSync(reportOf(file), { force: true });
  const config = join(kept, 'stryker.json');
  writeFileSync(config, JSON.stringify(configuration(file, tests, ranges)));
  console.log(`--- ${file.path}`);
  const code = await run(process.execPath, [
    join(root, 'node_modules/@stryker-mutator/core/bin/stryker.js'),
    'run',
    config,
  ]);
  if (code !== 0) return false;
  // No report: there was nothing in these lines to be changed.
  if (!existsSync(reportOf(file))) writeFileSync(reportOf(file), JSON.stringify({ files: {} }));
  writeFileSync(stamp, wanted);
  return true;
}

function configuration(file, testFiles, mutate) {
  return {
    testRunner: 'tap',
    plugins: ['@stryker-mutator/tap-runner'],
    tap: { testFiles, nodeArgs: ['--test-reporter=tap'], forceBail: true },
    mutate,
    coverageAnalysis: 'perTest',
    concurrency: 2,
    timeoutMS: 5_000,
    ignorePatterns: ['*', '!package.json', '!.build', ...NEEDED.flatMap((folder) => [`!${folder}`, `!${folder}/**`])],
    tempDirName: '.build/mutants/sandbox',
    reporters: ['json', 'progress-append-only'],
    jsonReporter: { fileName: relative(root, reportOf(file)) },
    allowEmpty: true,
    disableTypeChecks: false,
  };
}

/** The file, or those of its windows of lines that the seed picks. */
function rangesOf(path) {
  if (percent === 100) return [path];
  const lines = readFileSync(join(root, path), 'utf8').split('\n').length;
  const starts = Array.from({ length: Math.ceil(lines / WINDOW) }, (_, nth) => nth * WINDOW + 1);
  return starts
    .filter((start) => {
      const drawn = createHash('sha256').update(`${values.seed} ${path} ${start}`).digest().readUInt32BE() / 2 ** 32;
      return drawn * 100 < percent;
    })
    .map((start) => `${path}:${start}-${Math.min(lines, start + WINDOW - 1)}`);
}

/** Every mutant that was not found, by where its source is, and the score of each layer. */
function report() {
  const scores = new Map();
  for (const file of chosen.filter((each) => existsSync(reportOf(each)))) {
    const { files } = JSON.parse(readFileSync(reportOf(file), 'utf8'));
    const score = scores.get(file.layer) ?? { found: 0, missed: 0 };
    scores.set(file.layer, score);
    for (const [path, { source, mutants }] of Object.entries(files)) {
      const placeOf = placesIn(path);
      // What the compiler adds has no source, and is nothing to be tested.
      const own = mutants.filter(({ location }) => placeOf(location.start) !== undefined);
      score.found += own.filter(({ status }) => FOUND.includes(status)).length;
      const missed = own.filter(({ status }) => MISSED.includes(status));
      score.missed += missed.length;
      for (const mutant of missed) console.log(`${placeOf(mutant.location.start)} ${shown(mutant, source)}`);
    }
  }
  for (const [layer, { found, missed }] of scores) {
    const share = (100 * found) / (found + missed || 1);
    console.log(`${layer}: ${found} of ${found + missed} found, ${share.toFixed(1)} %`);
  }
}

/** From a place in compiled code to that in the source. */
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
